import { describe, expect, it, type TestContext } from 'vitest';
import type { RealtimeFaults } from '../../sandbox/openai/realtime-far-end.ts';
import type { Config } from '../../src/config/environment.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const STORY =
  'Mrs. Alder grew every flower herself, in a garden behind the church. ' +
  'Her daughter began to sell roses from far away.';
/** Until the test lets one through. */
const ALL_DIALS = 1_000_000;
const ORDER = 'I would like ten red roses by Sunday noon please.';

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  readonly faults?: Partial<RealtimeFaults>;
  readonly sessionMs?: number;
  readonly config?: Partial<Config>;
}

/** A call, past its greeting, to an agent that tells a story, or says back what it was told last. */
async function connected(
  test: TestContext,
  { env = {}, config = {}, faults = {}, ...others }: Circumstances = {},
) {
  const told: string[] = [];
  const sandbox = await quickSandbox(test, {
    env: { AGENT_WORKFLOW_ID: 'agent_echo', ...env },
    config,
    openAi: {
      ...others,
      realtimeFaults: faults,
      agents: {
        agent_echo: ({ text }) => {
          told.push(text);
          return text.includes('story')
            ? { text: STORY, perTokenMs: 5 }
            : { text: `You said: ${text.split('\n').at(-1)}` };
        },
      },
    },
  });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  const { realtime } = sandbox.openAi;
  return { sandbox, caller, realtime, faults: realtime.faults, toldWords: () => told.slice(1) };
}

/** A voice that is hardly ahead of what is heard, so that a loss hits two sentences: this one and the next. */
const HARDLY_AHEAD = { speed: 1.3 };

/** Whether all of the story was heard, in order, save for a word said twice, the first time perhaps not all of it. */
function isStoryWithSeams(heard: string, between = ''): boolean {
  const sounds = heard.replace(between, ' ').replaceAll(/[~#]/g, '').replaceAll(/\s+/g, ' ');
  const words = STORY.split(' ').map((word) => {
    const begun = Array.from(word, (_, letters) => RegExp.escape(word.slice(0, letters + 1)));
    return `(?:(?:${begun.toReversed().join('|')}) ?)?${RegExp.escape(word)}`;
  });
  return new RegExp(`${words.join(' ?')} ?$`).test(sounds);
}

describe.concurrent('[R1] speech that is lost', () => {
  it('while the caller speaks: the agent gets every word once', async (test) => {
    const { sandbox, caller, realtime, toldWords } = await connected(test);
    const saying = caller.says(ORDER);
    await sandbox.happened('caller-began-speaking');
    realtime.dropSockets();
    await saying;
    await caller.hears(`You said: ${ORDER}`);
    expect(toldWords()).toEqual([ORDER]);
    expect(sandbox.events.filter(({ type }) => type === 'caller-began-speaking')).toHaveLength(1);
    caller.hangsUp();
  });

  it('when the caller has spoken and the words are awaited: likewise', async (test) => {
    const { sandbox, caller, realtime, faults, toldWords } = await connected(test, {
      faults: { transcriptionMs: 60_000 },
    });
    await caller.says(ORDER);
    await sandbox.happened('caller-stopped-speaking');
    faults.transcriptionMs = 30;
    realtime.dropSockets();
    await caller.hears(`You said: ${ORDER}`);
    expect(toldWords()).toEqual([ORDER]);
    caller.hangsUp();
  });

  it('in the middle of a reply: the caller hears every word, and the turn is done', async (test) => {
    const { sandbox, caller, realtime } = await connected(test, { faults: HARDLY_AHEAD });
    await caller.says('Tell me a story.');
    await caller.hears('every flower');
    realtime.dropSockets();
    await caller.hears(' away.');
    expect(caller.heard).toSatisfy((heard: string) => isStoryWithSeams(heard));
    const { outcome, said, heard } = await sandbox.happened('turn-finished');
    expect([outcome, said, heard]).toEqual(['done', STORY, STORY]);
    caller.hangsUp();
  });

  it('by a response that breaks off: the caller hears every word', async (test) => {
    const { caller, faults } = await connected(test);
    faults.breakOffNext = 1;
    await caller.says('Tell me a story.');
    await caller.hears(' away.', { withinMs: 8_000 });
    expect(caller.heard).toSatisfy((heard: string) => isStoryWithSeams(heard));
    caller.hangsUp();
  });

  it('and refused for a while: who has spoken is asked for patience, and answered', async (test) => {
    const { sandbox, caller, realtime, faults, toldWords } = await connected(test);
    const saying = caller.says('Are you open?');
    await sandbox.happened('caller-began-speaking');
    faults.refuseDials = ALL_DIALS;
    realtime.dropSockets();
    await saying;
    await caller.hears('One moment, please.', { withinMs: 10_000 });
    faults.refuseDials = 0;
    await caller.hears('You said: Are you open?', { withinMs: 10_000 });
    expect(toldWords()).toEqual(['Are you open?']);
    caller.hangsUp();
  });

  it('before a word was said: who speaks into the gap is asked for patience, and answered', async (test) => {
    const { caller, realtime, faults, toldWords } = await connected(test);
    faults.refuseDials = ALL_DIALS;
    realtime.dropSockets();
    await caller.says('Are you open?');
    await caller.hears('One moment, please.', { withinMs: 10_000 });
    faults.refuseDials = 0;
    await caller.hears('You said: Are you open?', { withinMs: 10_000 });
    expect(toldWords()).toEqual(['Are you open?']);
    caller.hangsUp();
  });

  it('and refused in the middle of a reply: the caller is asked for patience, and hears the rest', async (test) => {
    const { caller, realtime, faults } = await connected(test, { faults: HARDLY_AHEAD });
    await caller.says('Tell me a story.');
    await caller.hears('every flower');
    faults.refuseDials = ALL_DIALS;
    realtime.dropSockets();
    await caller.hears('One moment, please.', { withinMs: 10_000 });
    faults.refuseDials = 0;
    await caller.hears(' away.', { withinMs: 8_000 });
    expect(caller.heard).toSatisfy((heard: string) => isStoryWithSeams(heard, 'One moment, please.'));
    caller.hangsUp();
  });

  it('without a word, its socket open: what was said into it is heard', async (test) => {
    const { caller, realtime, toldWords } = await connected(test);
    realtime.stallSockets();
    await caller.says(ORDER);
    await caller.hears(`You said: ${ORDER}`, { withinMs: 12_000 });
    expect(toldWords()).toEqual([ORDER]);
    caller.hangsUp();
  });

  it('because its time is over: nobody notices', async (test) => {
    const { sandbox, caller, realtime, toldWords } = await connected(test, { sessionMs: 3_000 });
    const sessionsBefore = realtime.sessionsEver;
    const orders = Array.from({ length: 4 }, (_, n) => `I would like ${n + 2} red roses please.`);
    for (const order of orders) {
      await caller.says(order);
      await caller.hears(`You said: ${order}`);
    }
    expect(toldWords()).toEqual(orders);
    expect(realtime.sessionsEver - sessionsBefore).toBeGreaterThan(1);
    // Who speaks at once speaks into the last sound of the answer before.
    const said = orders.map((order) => `You said: ${order}`).join('');
    expect(caller.heard.replaceAll(/[~\s]/g, '')).toContain(said.replaceAll(' ', ''));
    const troubles = ['input-refused', 'speech-lost', 'spoken-otherwise'];
    expect(sandbox.events.filter(({ type }) => troubles.includes(type))).toEqual([]);
    expect(sandbox.events.filter(({ type }) => type === 'speech-ready')).toHaveLength(1);
    caller.hangsUp();
  });

  it('and cannot be replaced in time: tells the caller and ends the call', async (test) => {
    const { sandbox, caller, realtime, faults } = await connected(test, { config: { speechRetryS: 1 } });
    faults.refuseDials = 1_000;
    realtime.dropSockets();
    await caller.hears('Please call again later. Goodbye.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'speech-lost' });
  });
});
