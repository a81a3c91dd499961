// The agent in command of the call: what it orders is done once its last words were heard.
import { describe, expect, it } from 'vitest';
import type { Heard, MindReply } from '../../sandbox/openai/mind.ts';
import type { Config } from '../../src/config/environment.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const HUMAN = '+15550100';

/** An agent that answers with these replies, one after another, and keeps what it was told. */
function agentThatSays(
  replies: readonly (string | MindReply)[],
  env: object = {},
  config: Partial<Config> = {},
) {
  const told: string[] = [];
  const waiting = [...replies];
  const mind = ({ history, text }: Heard): MindReply => {
    if (history.length === 0) return { text: 'ok' };
    told.push(`${history.at(-1)?.text ?? ''}\n${text}`);
    const reply = waiting.shift() ?? 'Anything else?';
    return typeof reply === 'string' ? { text: reply } : reply;
  };
  return {
    told,
    options: {
      env: { AGENT_WORKFLOW_ID: 'agent_brief', TRANSFER_NUMBER: HUMAN, ...env },
      openAi: { agents: { agent_brief: mind } },
      config,
    },
  };
}

/** Through the carrier's API, and without it. */
const WAYS = [
  ['through REST', {}],
  ['without REST credentials', { TWILIO_ACCOUNT_SID: '' }],
] as const;

describe.concurrent('[E1] [E5] the agent in command', () => {
  it.for(WAYS)('transfers the call after its last word, %s; the human hears why', async ([, env], test) => {
    const agent = agentThatSays([`I will connect you to Tom. [[transfer: Ann asks about a wedding.]]`], env);
    const sandbox = await quickSandbox(test, agent.options);
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('A human, please.');
    await caller.hears('I will connect you to Tom.');
    expect(await human.joined).toBe(caller.sid);
    expect(human.whispers).toEqual(['Ann asks about a wedding.']);
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'transferred' });
    expect(caller.heard).not.toContain('transfer');
    human.hangsUp();
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });

  it.for([...WAYS.map((way) => [...way, 'busy'] as const), [...WAYS[0], 'no-answer'] as const])(
    'a transfer that fails, %s, returns the caller to the agent, who learns of it',
    async ([, env, whenCalled], test) => {
      const agent = agentThatSays(
        [`One moment. [[transfer ${HUMAN}]]`, 'Tom is not there. Can I help?', 'Gladly.'],
        env,
      );
      const sandbox = await quickSandbox(test, agent.options);
      const human = sandbox.twilio.callee(HUMAN, whenCalled);
      const caller = await sandbox.call();
      await caller.hears('How can I help you?');
      await caller.says('Tom, please.');
      await caller.hears('One moment.');
      await caller.hears('Tom is not there. Can I help?');
      expect(agent.told.at(-1)).toMatch(
        whenCalled === 'busy' ? /could not be transferred: the line was busy/ : /nobody answered/,
      );
      await caller.says('My name is Ann.');
      await caller.hears('Gladly.');
      expect(human.calls).toBe(1);
      expect(sandbox.events.filter(({ type }) => type === 'call-started')).toHaveLength(1);
      caller.hangsUp();
    },
  );

  it.for(['agent_brief', 'model:brief', 'chat:brief', 'asst_brief'])(
    'by a function tool, with %s: the goodbye is heard to its last word',
    async (id, test) => {
      const mind = ({ text }: Heard): MindReply =>
        text.includes('bye')
          ? { text: 'Goodbye, Ann, and thank you.', calls: { name: 'end_call', arguments: {} } }
          : { text: 'ok' };
      const brief = { agent_brief: mind, brief: mind, asst_brief: mind };
      const sandbox = await quickSandbox(test, {
        published: {
          form: id,
          kind: 'brief',
          env: (farEnd) => ({
            AGENT_WORKFLOW_ID: id,
            AGENT_BASE_URL: `${farEnd}/v1`,
            AGENT_API_KEY: 'sk-sandbox',
          }),
        },
        openAi: { agents: brief, models: brief, assistants: brief },
      });
      const caller = await sandbox.call();
      await caller.hears('How can I help you?');
      await caller.says('Nothing, bye.');
      await caller.hears('Goodbye, Ann, and thank you.');
      expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
      expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'agent-ended' });
    },
  );

  it('does not dial a number that is not allowed, and tells the agent', async (test) => {
    const agent = agentThatSays(['Sure. [[transfer +19005550000]]', 'I cannot do that.']);
    const sandbox = await quickSandbox(test, agent.options);
    const premium = sandbox.twilio.callee('+19005550000');
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Call my hotline.');
    await caller.hears('Sure. I cannot do that.');
    expect(premium.calls).toBe(0);
    expect(agent.told.at(-1)).toContain('not among those');
    caller.hangsUp();
  });

  it('an agent that transfers without a word leaves nobody in silence', async (test) => {
    const sandbox = await quickSandbox(test, agentThatSays(['[[transfer]]']).options);
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Tom, please.');
    await caller.hears("One moment, I'm connecting you.");
    await human.joined;
    human.hangsUp();
    await caller.ended;
  });

  it('a caller who hangs up while it rings has hung up', async (test) => {
    const sandbox = await quickSandbox(test, agentThatSays(['One moment. [[transfer]]']).options);
    const human = sandbox.twilio.callee(HUMAN, 'rings-on');
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Tom, please.');
    await human.rang;
    caller.hangsUp();
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it.for(WAYS)(
    'keys are pressed after its last word, %s, and the conversation goes on',
    async ([, env], test) => {
      const agent = agentThatSays(['Pressing one. [[digits 1w2#]]', 'Thank you, Ann.'], env);
      const sandbox = await quickSandbox(test, agent.options);
      const caller = await sandbox.call();
      await caller.hears('How can I help you?');
      await caller.says('For sales, press one.');
      await caller.hears('Pressing one.');
      // What is said while the keys are pressed is heard by nobody: they are on no stream.
      await expect
        .poll(() => sandbox.events.filter(({ type }) => type === 'line-connected').length, { timeout: 5_000 })
        .toBe(2);
      await caller.says('My name is Ann.');
      await caller.hears('Thank you, Ann.');
      expect(caller.keysHeard).toEqual(['1w2#']);
      expect(agent.told.at(-1)).toContain('Pressing one.');
      expect(sandbox.events.filter(({ type }) => type === 'call-started')).toHaveLength(1);
      caller.hangsUp();
    },
  );

  it.for(['[[silent]]', ''])(
    'an agent that answers "%s" stays silent, unapologised for',
    async (reply, test) => {
      const agent = agentThatSays([reply, 'I am here.'], { FILLER_AFTER_MS: '5000' });
      const sandbox = await quickSandbox(test, agent.options);
      const caller = await sandbox.call();
      await caller.hears('How can I help you?');
      await caller.says('Please hold the line.');
      expect(await sandbox.happened('turn-finished')).toMatchObject({ outcome: 'done', said: '' });
      await caller.says('Hello?');
      await caller.hears('I am here.');
      expect(caller.heard.trim()).toBe('Hello, this is Bloom and Stem. How can I help you? I am here.');
      caller.hangsUp();
    },
  );

  it('who speaks into the goodbye of a transfer stays', async (test) => {
    const agent = agentThatSays([
      'Very well, then I will connect you to my colleague Tom, who knows all about weddings. [[transfer]]',
      'Of course.',
    ]);
    const sandbox = await quickSandbox(test, agent.options);
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('A wedding.');
    await caller.hears('Very well, then');
    await caller.says('No, wait, I have one more question.');
    await caller.hears('Of course.');
    expect(human.calls).toBe(0);
    caller.hangsUp();
  });

  it('[T8] an agent that fails too often hands over to a human', async (test) => {
    const down: MindReply = { text: '', failWith: 'server_error' };
    const agent = agentThatSays([down, down, down, down], {}, { maxFailedTurns: 2 });
    const sandbox = await quickSandbox(test, agent.options);
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears('Could you say that again?');
    await caller.says('Hello!');
    await caller.hears("I'm connecting you to somebody who can.");
    await human.joined;
    human.hangsUp();
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });

  it('[T8] and where the human does not answer either, the call ends politely', async (test) => {
    const down: MindReply = { text: '', failWith: 'server_error' };
    const agent = agentThatSays([down, down], {}, { maxFailedTurns: 1 });
    const sandbox = await quickSandbox(test, agent.options);
    sandbox.twilio.callee(HUMAN, 'busy');
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears("I'm connecting you to somebody who can.");
    await caller.hears('Please call again later. Goodbye.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'too-many-failures' });
  });

  it('[R1] transfers to a human, announced from stored sound, when the speech API is gone for good', async (test) => {
    const sandbox = await quickSandbox(test, agentThatSays([]).options);
    const human = sandbox.twilio.callee(HUMAN);
    sandbox.openAi.realtime.faults.refuseDials = 1000;
    const caller = await sandbox.call();
    await caller.hears("I'm connecting you to somebody who can.", { withinMs: 12_000 });
    await human.joined;
    human.hangsUp();
    await caller.ended;
  });
});
