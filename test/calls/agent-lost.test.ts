// An agent that is ill for a moment: whatever is lost before a word of its reply came is asked for once more, and the
// caller hears the answer. An agent of any kind receives the caller's words once.
import { describe, expect, it, type TestContext } from 'vitest';
import type { Heard, MindReply } from '../../sandbox/openai/mind.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const QUESTION = 'When do you open?';
const ANSWER = 'We open at nine.';
const APOLOGY = 'Could you say that again?';

/** By the forms of their IDs. The Agents API opens a lost stream again; each of the others has one stream a reply. */
const WITH_STREAM_PER_REPLY = ['asst_brief', 'model:brief', 'chat:brief', 'chatkit'] as const;
const KINDS = ['agent_brief', ...WITH_STREAM_PER_REPLY] as const;

/** A greeted caller, and an agent of that kind that replies so to whatever it is asked, one after another. */
async function connected(
  test: TestContext,
  kind: (typeof KINDS)[number],
  replies: readonly MindReply[],
  { env = {}, config = {} }: Pick<SandboxOptions, 'env' | 'config'> = {},
) {
  const asked: Heard[] = [];
  const waiting = [...replies];
  const mind = (heard: Heard): MindReply => {
    // The Agents API begins a session with a message, which is the note.
    if (heard.history.length === 0 && !heard.text.includes(QUESTION)) return { text: 'ok' };
    asked.push(heard);
    return waiting.shift() ?? { text: ANSWER };
  };
  const minds = { agent_brief: mind, brief: mind, asst_brief: mind };
  const sandbox = await quickSandbox(test, {
    env,
    config,
    published: {
      form: kind,
      kind,
      env: (farEnd) => ({
        AGENT_WORKFLOW_ID: kind === 'chatkit' ? `${farEnd}/chatkit/agent_brief` : kind,
        AGENT_BASE_URL: `${farEnd}/v1`,
        AGENT_API_KEY: 'sk-sandbox',
      }),
    },
    openAi: { agents: minds, models: minds, assistants: minds },
  });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  return { sandbox, caller, asked };
}

/** How often the agent knows the question, as it was asked last. */
function timesTold(asked: readonly Heard[]): number {
  const last = asked.at(-1);
  const texts = last === undefined ? [] : [...last.history.map(({ text }) => text), last.text];
  return texts.join('\n').split(QUESTION).length - 1;
}

/** The next request that would have the agent reply meets this. */
function refusesNext(sandbox: Sandbox, status: number, code: string): void {
  const only = /^POST .*(\/events|\/responses|\/completions|\/runs|\/chatkit)/;
  Object.assign(sandbox.openAi.agentFaults, { only, refuseNext: 1, refuseWith: { status, code } });
}

describe.concurrent('an agent that is lost before a word of its reply came', () => {
  it.for(KINDS)(
    '[T5] gets the same request again, as %s, and knows what the caller said once',
    async (kind, test) => {
      const { sandbox, caller, asked } = await connected(test, kind, [
        { text: '', failWith: 'server_error' },
      ]);
      await caller.says(QUESTION);
      await caller.hears(ANSWER);
      expect(asked).toHaveLength(2);
      expect(timesTold(asked)).toBe(1);
      expect(caller.heard).not.toContain(APOLOGY);
      expect(await sandbox.happened('turn-finished')).toMatchObject({ outcome: 'done' });
      caller.hangsUp();
    },
  );

  it.for(KINDS)(
    '[T5] answers after a 500, as %s, and knows what the caller said once',
    async (kind, test) => {
      const { sandbox, caller, asked } = await connected(test, kind, []);
      refusesNext(sandbox, 500, 'server_error');
      await caller.says(QUESTION);
      await caller.hears(ANSWER);
      expect(sandbox.openAi.agentFaults.refuseNext).toBe(0);
      expect(asked).toHaveLength(1);
      expect(timesTold(asked)).toBe(1);
      expect(caller.heard).not.toContain(APOLOGY);
      caller.hangsUp();
    },
  );

  it.for(['agent_brief', 'model:brief', 'chatkit'] as const)(
    '[T5] answers after a 429, as %s',
    async (kind, test) => {
      const { sandbox, caller, asked } = await connected(test, kind, []);
      refusesNext(sandbox, 429, 'rate_limit_exceeded');
      await caller.says(QUESTION);
      await caller.hears(ANSWER);
      expect(sandbox.openAi.agentFaults.refuseNext).toBe(0);
      expect(timesTold(asked)).toBe(1);
      expect(caller.heard).not.toContain(APOLOGY);
      caller.hangsUp();
    },
  );

  it.for(WITH_STREAM_PER_REPLY)('[T5] by a stream that is cut, as %s, is asked again', async (kind, test) => {
    // The far end breaks off before the token that it has just written is on its way.
    const { caller, asked } = await connected(test, kind, [{ text: 'We open.', dropsStreamAfterTokens: 1 }]);
    await caller.says(QUESTION);
    await caller.hears(ANSWER);
    expect(asked).toHaveLength(2);
    expect(timesTold(asked)).toBe(1);
    expect(caller.heard).not.toContain(APOLOGY);
    caller.hangsUp();
  });

  it.for(KINDS)('[T4] without a word for too long, as %s, is asked again', async (kind, test) => {
    const { caller, asked } = await connected(test, kind, [{ text: '', hangs: true }], {
      env: { AGENT_TIMEOUT_MS: '1500', FILLER_AFTER_MS: '600' },
    });
    await caller.says(QUESTION);
    await caller.hears('One moment, please.');
    await caller.hears('One moment, please.');
    await caller.hears(ANSWER);
    expect(timesTold(asked)).toBe(1);
    expect(caller.heard).not.toContain(APOLOGY);
    caller.hangsUp();
  });
});

describe.concurrent('an agent that is lost in the middle of its reply', () => {
  it.for(WITH_STREAM_PER_REPLY)(
    '[T8] by a stream that is cut, as %s, is heard so far and apologised for',
    async (kind, test) => {
      const cut = { text: 'We open at nine and close at six.', dropsStreamAfterTokens: 4, perTokenMs: 20 };
      const { caller, asked } = await connected(test, kind, [cut]);
      await caller.says(QUESTION);
      await caller.hears(/We open at.*Could you say that again\?/);
      expect(asked).toHaveLength(1);
      await caller.says(QUESTION);
      await caller.hears(ANSWER);
      caller.hangsUp();
    },
  );

  it.for(KINDS)(
    '[T4] without a further word for too long, as %s, is heard so far and apologised for',
    async (kind, test) => {
      const { sandbox, caller, asked } = await connected(test, kind, [{ text: 'Let me see.', hangs: true }], {
        config: { agentStallMs: 800 },
      });
      await caller.says(QUESTION);
      await caller.hears('Let me see.');
      await caller.hears(APOLOGY);
      expect(asked).toHaveLength(1);
      const failure = 'timeout: no more text in time';
      expect(await sandbox.happened('turn-finished')).toMatchObject({ outcome: 'failed', failure });
      caller.hangsUp();
    },
  );
});
