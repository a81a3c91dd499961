// Agents that are asked ahead of time, in whole calls. The sandbox's clock is one for all, so a pause of so many
// milliseconds is that long to the VAD, the transcription, the agent and the relay alike.
import { describe, expect, it, type TestContext } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import type { Heard, Mind } from '../../sandbox/openai/mind.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { silence } from '../../sandbox/tones.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';
import { twoRelays } from '../support/two-relays.ts';

const WAIT_MS = 700;
/** 240 for the VAD, 200 for the transcript, and this until the agent's first word; the voice begins after 30 more. */
const THINKS_MS = 100;
const GREETING = 'Hello, this is Bloom and Stem. How can I help you?';

const EARS = { transcriptionMs: 200, firstAudioMs: 30 };

/** Says back all that the caller said since the agent's last words, as the agent remembers it. */
function echo(asks: Heard[]): Mind {
  return (heard) => {
    if (heard.text.includes('phone call')) return { text: 'ok' };
    asks.push(heard);
    const said = [...heard.history, { role: 'user' as const, text: heard.text }];
    const since = said.slice(said.findLastIndex(({ role }) => role === 'assistant') + 1);
    const words = since.filter(({ role, text }) => role === 'user' && !text.startsWith('['));
    const text = words.map((one) => one.text.replaceAll('\n', ' ')).join(' ');
    return { text: `You said: ${text.trim()} Is that all?`, firstWordAfterMs: THINKS_MS };
  };
}

function echoing(kind: 'model' | 'chat', asks: Heard[]): SandboxOptions {
  return {
    published: {
      form: kind,
      kind: 'an echo',
      env: (farEnd) => ({
        AGENT_WORKFLOW_ID: `${kind}:echo`,
        AGENT_BASE_URL: `${farEnd}/v1`,
        AGENT_API_KEY: 'sk-sandbox',
        VAD_SILENCE_MS: String(WAIT_MS),
      }),
    },
    env: { VAD_SILENCE_MS: String(WAIT_MS) },
    openAi: { models: { echo: echo(asks) }, realtimeFaults: EARS },
  };
}

async function connected(test: TestContext, kind: 'model' | 'chat' = 'model') {
  const asks: Heard[] = [];
  const clock = new PacedClock();
  const sandbox = await quickSandbox(test, { ...echoing(kind, asks), clock });
  const caller = await sandbox.call({ omitsSilence: false });
  await caller.hears(GREETING);
  return { asks, clock, sandbox, caller, faults: sandbox.openAi.realtime.faults };
}

const WHOLE = 'You said: I would like ten roses, and a card. Is that all?';
const KINDS = ['model', 'chat'] as const;

describe.concurrent('an agent asked ahead of time', () => {
  it.for(KINDS)('[T11] %s: is asked in the wait, and heard when it is over', async (kind, test) => {
    const { caller, sandbox, clock, asks } = await connected(test, kind);
    await caller.says('When do you open?');
    const spokenAt = clock.now();
    await caller.hears('You said: When do you open?');
    const [asked, began] = [await sandbox.happened('turn-started'), await sandbox.happened('reply-began')];
    expect(asked.at - spokenAt).toBeLessThan(WAIT_MS);
    expect(began.at - spokenAt).toBeGreaterThanOrEqual(WAIT_MS - 10);
    expect(asks).toHaveLength(1);
    caller.hangsUp();
  });

  // Before the VAD closes and the transcript comes, while the agent thinks, writes and is read aloud, and at the wait's end.
  const pauses = [160, 260, 420, 480, 500, 540, 560, 580, 600, 640, 680, 700, 720];
  it.for(KINDS.flatMap((kind) => pauses.map((pauseMs) => [kind, pauseMs] as const)))(
    '[T11] [T3] %s: gives one answer to a caller who goes on after %i ms, and remembers no other',
    async ([kind, pauseMs], test) => {
      const { caller, asks } = await connected(test, kind);
      await caller.says('I would like ten roses, ');
      await caller.sounds(silence(pauseMs));
      await caller.says('and a card.');
      await caller.hears(WHOLE);
      expect(caller.heard.match(/You said/g)).toHaveLength(1);
      for (const { history } of asks)
        expect(history.filter(({ role }) => role === 'assistant').map(({ text }) => text)).toEqual([
          GREETING,
        ]);
      caller.hangsUp();
    },
  );

  it.for(KINDS)('[T11] %s: keeps the answer after a cough in the wait', async (kind, test) => {
    const { caller, asks } = await connected(test, kind);
    await caller.says('When do you open?');
    await caller.sounds(silence(560));
    await caller.coughs(80);
    await caller.hears('You said: When do you open? Is that all?');
    expect(asks).toHaveLength(1);
    caller.hangsUp();
  });

  it('[L3] [T11] answers all pieces in order though a later one is transcribed first', async (test) => {
    const { caller, faults } = await connected(test);
    faults.transcriptsOutOfOrder = true;
    await caller.says('I would like ten roses, ');
    await caller.sounds(silence(500));
    await caller.says('and a card.');
    await caller.hears(WHOLE);
    expect(caller.heard.match(/You said/g)).toHaveLength(1);
    caller.hangsUp();
  });

  it('[T11] [R1] speaks after a speech session that was lost in the wait', async (test) => {
    const { caller, sandbox, asks } = await connected(test);
    await caller.says('When do you open?');
    await sandbox.happened('agent-began-replying');
    sandbox.openAi.realtime.dropSockets();
    await caller.hears('You said: When do you open? Is that all?');
    expect(asks).toHaveLength(1);
    caller.hangsUp();
  });

  it('[T11] [E2] speaks on the next line if one was lost in the wait', async (test) => {
    const { caller, sandbox, asks } = await connected(test);
    await caller.says('When do you open?');
    await sandbox.happened('agent-began-replying');
    caller.dropsLine();
    await caller.hears('You said: When do you open? Is that all?');
    expect(asks).toHaveLength(1);
    caller.hangsUp();
  });

  it.for(KINDS)('[T11] [R7] %s: answers a call that was handed over in the wait', async (kind, test) => {
    const asks: Heard[] = [];
    const { env = {}, ...far } = echoing(kind, asks);
    const { sandbox, first } = await twoRelays(test, { ...far, env: { ...env, DRAIN_S: '0' } });
    const isAsked = Promise.withResolvers<void>();
    first.subscribe(({ type }) => type === 'turn-started' && isAsked.resolve());
    const caller = await sandbox.call({ omitsSilence: false });
    await caller.hears(GREETING);
    await caller.says('When do you open?');
    await isAsked.promise;
    sandbox.twilio.routeTo(sandbox.relayUrl);
    const drained = first.drain();
    await caller.hears('You said: When do you open? Is that all?');
    await drained;
    caller.hangsUp();
  });

  it('[T12] ends no call before the caller has finished', async (test) => {
    const clock = new PacedClock();
    const bye: Mind = ({ text, history }) =>
      `${history.at(-1)?.text} ${text}`.includes('song') ? { text: 'I like it too.' } : { text: '[[end]]' };
    const sandbox = await quickSandbox(test, {
      ...echoing('model', []),
      openAi: { models: { echo: bye }, realtimeFaults: EARS },
      clock,
    });
    const caller = await sandbox.call({ omitsSilence: false });
    await caller.hears(GREETING);
    await caller.says('Goodbye ');
    await caller.sounds(silence(560));
    await caller.says('is my favourite song.');
    await caller.hears('I like it too.');
    await caller.says('Goodbye.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });
});
