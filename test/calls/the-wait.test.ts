// What a caller does while the relay waits to be sure that they have finished. The sandbox's clock is one for all, so a pause
// of so many milliseconds is that long to the VAD, the transcription and the relay alike.
import { describe, expect, it, type TestContext } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { silence } from '../../sandbox/tones.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';
import { twoRelays } from '../support/two-relays.ts';

const WAIT_MS = 700;

/** The environment and far ends of a call to an agent that says back what it was told. */
function echoing(told: string[]): SandboxOptions {
  return {
    env: { AGENT_WORKFLOW_ID: 'agent_echo', VAD_SILENCE_MS: String(WAIT_MS) },
    openAi: {
      agents: {
        agent_echo: ({ text }) => {
          if (text.includes('phone call')) return { text: 'ok' };
          told.push(text.replaceAll(/\[.*\]\n?/g, ''));
          return { text: `You said: ${told.join(' ')}`, firstWordAfterMs: 200 };
        },
      },
      realtimeFaults: { transcriptionMs: 250 },
    },
  };
}

async function connected(test: TestContext) {
  const told: string[] = [];
  const clock = new PacedClock();
  const sandbox = await quickSandbox(test, { ...echoing(told), clock });
  const caller = await sandbox.call({ omitsSilence: false });
  await caller.hears('How can I help you?');
  return { clock, sandbox, caller, told, faults: sandbox.openAi.realtime.faults };
}

describe.concurrent('the wait', () => {
  it('[L6] answers a sentence with a breath in it once, as one message', async (test) => {
    const { caller, told } = await connected(test);
    await caller.says('I would like ten roses, ');
    await caller.sounds(silence(560));
    await caller.says('and a card.');
    await caller.hears('You said: I would like ten roses, and a card.');
    expect(told).toEqual(['I would like ten roses, and a card.']);
    caller.hangsUp();
  });

  // Before the VAD closes, before the transcript, with it, at the end of the wait, and while the agent or the voice is asked.
  it.for([160, 240, 260, 500, 520, 680, 700, 720, 740, 780, 860, 920])(
    '[L6] [T3] gives one answer to a caller who goes on after %i ms',
    async (pauseMs, test) => {
      const { caller, told } = await connected(test);
      await caller.says('I would like ten roses, ');
      await caller.sounds(silence(pauseMs));
      await caller.says('and a card.');
      await caller.hears('You said: I would like ten roses, and a card.');
      expect(told.join(' ')).toBe('I would like ten roses, and a card.');
      // The VAD needs a moment to hear that somebody goes on.
      if (pauseMs < WAIT_MS - 100) expect(told).toHaveLength(1);
      expect(caller.heard.match(/You said/g)).toHaveLength(1);
      caller.hangsUp();
    },
  );

  it('[L6] a cough in the wait costs no time', async (test) => {
    const { caller, told, sandbox, clock } = await connected(test);
    await caller.says('I would like ten roses.');
    const spokenAt = clock.now();
    await caller.sounds(silence(320));
    await caller.coughs(80);
    await caller.hears('You said: I would like ten roses.');
    const { at } = await sandbox.happened('turn-started');
    // Its own VAD and transcript end a little after the wait, which it does not begin anew.
    expect(at - spokenAt).toBeLessThan(400 + 250 + 250 + 100);
    expect(told).toHaveLength(1);
    caller.hangsUp();
  });

  it('[L3] [L6] puts the pieces in order though the second is transcribed first', async (test) => {
    const { caller, told, faults } = await connected(test);
    faults.transcriptsOutOfOrder = true;
    await caller.says('I would like ten roses, ');
    await caller.sounds(silence(400));
    await caller.says('and a card.');
    await caller.hears('You said: I would like ten roses, and a card.');
    expect(told).toHaveLength(1);
    caller.hangsUp();
  });

  it.for(['before', 'after'] as const)(
    '[L6] [R1] a speech session lost %s the transcript costs no word',
    async (when, test) => {
      const { caller, told, sandbox } = await connected(test);
      await caller.says('I would like ten roses.');
      await sandbox.happened(when === 'before' ? 'caller-stopped-speaking' : 'caller-said');
      sandbox.openAi.realtime.dropSockets();
      await caller.hears('You said: I would like ten roses.');
      expect(told).toEqual(['I would like ten roses.']);
      caller.hangsUp();
    },
  );

  it('[L6] [E2] a line lost in the wait costs no word', async (test) => {
    const { caller, told, sandbox } = await connected(test);
    await caller.says('I would like ten roses.');
    await sandbox.happened('caller-said');
    caller.dropsLine();
    await caller.hears('You said: I would like ten roses.');
    expect(told).toEqual(['I would like ten roses.']);
    caller.hangsUp();
  });

  it('[L6] [R7] a call handed over in the wait takes the words along', async (test) => {
    const told: string[] = [];
    const { env, ...far } = echoing(told);
    const { sandbox, first } = await twoRelays(test, { ...far, env: { ...env, DRAIN_S: '0' } });
    const hasSaid = Promise.withResolvers<void>();
    first.subscribe(({ type }) => type === 'caller-said' && hasSaid.resolve());
    const caller = await sandbox.call({ omitsSilence: false });
    await caller.hears('How can I help you?');
    await caller.says('I would like ten roses.');
    await hasSaid.promise;
    sandbox.twilio.routeTo(sandbox.relayUrl);
    const drained = first.drain();
    await caller.hears('You said: I would like ten roses.');
    await drained;
    expect(told).toEqual(['I would like ten roses.']);
    caller.hangsUp();
  });
});
