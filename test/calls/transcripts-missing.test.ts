import { describe, expect, it, type TestContext } from 'vitest';
import type { RealtimeFaults } from '../../sandbox/openai/realtime-far-end.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const ORDER = 'I would like ten red roses by Sunday noon please.';
const FILLER = 'One moment, please.';

/** A call, past its greeting, to an agent that says back what it was told. */
async function connected(test: TestContext, env: Readonly<Record<string, string>> = {}) {
  const told: string[] = [];
  const sandbox = await quickSandbox(test, {
    env: { AGENT_WORKFLOW_ID: 'agent_echo', ...env },
    openAi: {
      agents: {
        agent_echo: ({ text }) => {
          told.push(text);
          return { text: `You said: ${text.split('\n').at(-1)}` };
        },
      },
    },
  });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  const faults: RealtimeFaults = sandbox.openAi.realtime.faults;
  const of = (type: string): number => sandbox.events.filter((event) => event.type === type).length;
  return { sandbox, caller, faults, of, toldWords: () => told.slice(1) };
}

describe.concurrent('[R9] transcripts that never come', () => {
  it('the relay commits what the session left uncommitted', async (test) => {
    const { caller, faults, toldWords, of } = await connected(test);
    faults.withholdCommits = true;
    await caller.says(ORDER);
    await caller.hears(`You said: ${ORDER}`);
    expect(toldWords()).toEqual([ORDER]);
    expect(of('speech-away')).toBe(0);
    caller.hangsUp();
  });

  it('[T9] the caller hears the filler within 4 s, and another model hears the same words', async (test) => {
    const { sandbox, caller, faults, of, toldWords } = await connected(test);
    faults.deafTranscribers = ['gpt-transcribe'];
    await caller.says(ORDER);
    const { at } = await sandbox.happened('caller-stopped-speaking');
    await caller.hears(FILLER, { withinMs: 10_000 });
    const filler = sandbox.events.find((event) => event.type === 'line-spoken' && event.line === 'filler');
    expect((filler?.at ?? Infinity) - at).toBeLessThan(4_000);
    await caller.hears(`You said: ${ORDER}`, { withinMs: 10_000 });
    expect(toldWords()).toEqual([ORDER]);
    expect(await sandbox.happened('transcriber-replaced')).toMatchObject({
      model: 'gpt-transcribe',
      by: 'gpt-4o-transcribe',
    });
    caller.hangsUp();
    const next = await sandbox.call();
    await next.hears('How can I help you?');
    await next.says('Are you open?');
    await next.hears('You said: Are you open?');
    expect(of('transcriber-replaced')).toBe(1);
    next.hangsUp();
  });

  it('the caller of words that no model transcribes is asked to say them again', async (test) => {
    const { caller, faults, toldWords } = await connected(test);
    faults.deafTranscribers = ['gpt-transcribe', 'gpt-4o-transcribe'];
    await caller.says(ORDER);
    await caller.hears('Could you say that again?', { withinMs: 20_000 });
    faults.deafTranscribers = [];
    await caller.says('Are you open?');
    await caller.hears('You said: Are you open?');
    expect(toldWords()).toEqual(['Are you open?']);
    caller.hangsUp();
  });

  it('a session that refuses languages is set up with one', async (test) => {
    const { sandbox, caller, toldWords } = await connected(test, { LANGUAGE: 'en' });
    sandbox.openAi.realtime.faults.takesOneLanguage = true;
    sandbox.openAi.realtime.dropSockets();
    await caller.says(ORDER);
    await caller.hears(`You said: ${ORDER}`, { withinMs: 8_000 });
    expect(toldWords()).toEqual([ORDER]);
    expect(sandbox.openAi.realtime.settings[0]?.audio?.input?.transcription).toEqual({
      model: 'gpt-transcribe',
      language: 'en',
    });
    caller.hangsUp();
  });

  it('[T9] a voice that never begins: the caller hears the filler within 4 s, and then the reply', async (test) => {
    const { sandbox, caller, faults } = await connected(test);
    faults.silenceNext = 1;
    await caller.says('Are you open?');
    const { at } = await sandbox.happened('caller-stopped-speaking');
    await caller.hears(FILLER, { withinMs: 10_000 });
    const filler = sandbox.events.find((event) => event.type === 'line-spoken' && event.line === 'filler');
    expect((filler?.at ?? Infinity) - at).toBeLessThan(4_000);
    await caller.hears('You said: Are you open?', { withinMs: 10_000 });
    caller.hangsUp();
  });
});
