import { describe, expect, it, type TestContext } from 'vitest';
import { isHeardWithOneCut } from '../../sandbox/caller/heard.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const STORY =
  'Mrs. Alder grew every flower herself, in a garden behind the church. ' +
  'Her daughter took over and began to sell roses from far away. ' +
  'We still tie every bouquet by hand, all four of us.';

/** A call to an agent that tells a story, is slow, or says back what it was told last. */
async function connected(test: TestContext) {
  const told: string[] = [];
  /** What stood before each message: a note of the relay's, where there was one. */
  const known: string[] = [];
  const sandbox = await quickSandbox(test, {
    env: { AGENT_WORKFLOW_ID: 'agent_echo' },
    openAi: {
      agents: {
        agent_echo: ({ history, text }) => {
          told.push(text);
          known.push(history.at(-1)?.text ?? '');
          if (text.includes('story')) return { text: STORY, perTokenMs: 5 };
          if (text.includes('slow')) return { text: 'Here you are.', firstWordAfterMs: 1500 };
          return { text: `You said: ${text.split('\n').at(-1)}` };
        },
      },
    },
  });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  return { sandbox, caller, told, known, faults: sandbox.openAi.realtime.faults };
}

describe.concurrent('barge-in', () => {
  it('[B1] [B2] [B4] hears a caller who interrupts, and tells the agent how much of its reply they heard', async (test) => {
    const { caller, known } = await connected(test);
    await caller.says('Tell me a story.');
    await caller.hears('in a garden');
    await caller.says('Stop it please.');
    await caller.hears('You said: Stop it please.');
    const [, heard = ''] = /heard only: "(.*)"\]$/.exec(known.at(-1) ?? '') ?? [];
    expect(STORY.startsWith(heard)).toBe(true);
    expect(heard).toContain('Mrs. Alder grew every flower herself, in a');
    expect(caller.heard).not.toContain('by hand');
    caller.hangsUp();
  });

  it('[B5] so it is when Realtime has long finished and Twilio is still playing', async (test) => {
    const { caller } = await connected(test);
    await caller.says('Tell me a story.');
    await caller.hears('Her daughter took over');
    await caller.says('Stop it.');
    await caller.hears('You said: Stop it.');
    expect(caller.heard).not.toContain('four of us');
    caller.hangsUp();
  });

  it('[B3] after a cough the reply goes on where it was cut, and the agent is asked nothing', async (test) => {
    const { caller, told, sandbox } = await connected(test);
    await caller.says('Tell me a story.');
    await caller.hears('in a garden');
    await caller.coughs(150);
    await caller.hears('all four of us.');
    expect(caller.heard).toSatisfy((heard: string) => isHeardWithOneCut(heard, STORY));
    expect(sandbox.events.filter(({ type }) => type === 'reply-resumed').length).toBeGreaterThan(0);
    expect(told.filter((text) => !text.includes('phone call'))).toHaveLength(1);
    caller.hangsUp();
  });

  it('[B2] [L3] long speech whose transcript fails leaves nobody in silence', async (test) => {
    const { caller, faults } = await connected(test);
    await caller.says('Tell me a story.');
    await caller.hears('in a garden');
    faults.failTranscripts = 1;
    await caller.says('Well I would like to say something now.');
    await caller.hears('You said: [The caller made a sound but no words were understood.');
    caller.hangsUp();
  });

  it('[T3] who goes on before the reply has begun gets one answer to all of it', async (test) => {
    const { caller, told, sandbox } = await connected(test);
    await caller.says('I want the slow thing,');
    await sandbox.happened('turn-started');
    await caller.says('and a card.');
    await caller.hears('You said: and a card.');
    expect(caller.heard).not.toContain('Here you are.');
    expect(told.filter((text) => text.includes('slow'))).toHaveLength(1);
    caller.hangsUp();
  });

  it('[L3] transcripts that arrive out of order are put in order', async (test) => {
    const { caller, faults } = await connected(test);
    faults.transcriptsOutOfOrder = true;
    await caller.says('one two three.');
    await caller.sounds(Buffer.alloc(700 * 8, 0xff));
    await caller.says('four five six.');
    await caller.hears('You said: one two three. four five six.');
    caller.hangsUp();
  });
});
