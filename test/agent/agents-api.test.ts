import { OpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../src/call/ports.ts';
import { agentsApi } from '../../src/agent/agents-api.ts';
import { agentContract, type Reach } from './agent-contract.ts';
import { FarEnd, GREETED, message, patience, read, textOf, UNGREETED } from './far-end.ts';

const savedAgent = ({ baseUrl, apiKey }: Reach, agentId = 'agent_scripted'): Agent =>
  agentsApi({
    client: new OpenAI({ apiKey, baseURL: baseUrl, maxRetries: 1, timeout: 500, logLevel: 'off' }),
    agentId,
    log: () => {},
  });

agentContract('a saved agent', savedAgent);

describe('a session of the Agents API', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const lines = (pattern: RegExp) => farEnd.asked(pattern).map(({ method, path }) => `${method} ${path}`);

  it('[O2] is created as the call begins, and deleted as it ends', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    await farEnd.until(() => farEnd.requests.length > 0);
    expect(farEnd.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/agents/sessions',
      body: {
        agent_id: 'agent_scripted',
        environment: { type: 'none' },
        input: GREETED.note,
        metadata: { call_id: 'CA0' },
        stream: true,
      },
    });
    await conversation.close();
    expect(lines(/^DELETE/)).toEqual(['DELETE /v1/agents/sessions/sess_1']);
  });

  it('notes stand before the words of the caller', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    await read(conversation.reply(message('Go on.', ['[One.]', '[Two.]']), patience()));
    expect(farEnd.heard.at(-1)?.text).toBe('[One.]\n[Two.]\nGo on.');
    await conversation.close();
  });

  it('the answer to the opening note is cancelled, not waited for, and never spoken', async () => {
    farEnd.opening = { text: 'ok ok ok', hangs: true };
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.heard).toHaveLength(1);
    await conversation.close();
  });

  it('[B2] a reply that is given up is cancelled, and no later word of it is spoken', async () => {
    farEnd.replies = [{ text: 'Never to be heard to its end', perTokenMs: 20 }, { text: 'New.' }];
    farEnd.faults.cancelTakesMs = 40;
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) stop.abort();
    expect(textOf(await read(conversation.reply(message('Stop.'), patience())))).toBe('New.');
    await conversation.close();
  });

  it('[B2] a reply that is given up is cancelled at once, not with the next message', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const conversation = savedAgent(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) stop.abort();
    // The answer to the opening note may have been cancelled before.
    const cancel = JSON.stringify({ events: [{ type: 'agent.session.input.cancel' }] });
    const cancels = () => farEnd.requests.filter(({ body }) => JSON.stringify(body) === cancel).length;
    const before = cancels();
    await farEnd.until(() => cancels() > before);
    await conversation.close();
  });

  it.each([
    [1, false],
    [3, false],
    [5, false],
    [3, true],
  ])(
    '[R1] a stream that breaks after %i tokens loses and doubles nothing (headers held: %s)',
    async (after, holds) => {
      const text = 'One two three four five.';
      farEnd.replies = [{ text, perTokenMs: 5, dropsStreamAfterTokens: after, commentary: 'Counting.' }];
      farEnd.faults.holdsStreamHeaders = holds;
      const conversation = savedAgent(farEnd).open(GREETED);
      expect(textOf(await read(conversation.reply(message('Count.'), patience())))).toBe(text);
      expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe(text);
      await conversation.close();
    },
  );

  it('[R1] a reply that ended while no stream was open is caught up on', async () => {
    farEnd.replies = [{ text: 'One two three.', dropsStreamAfterTokens: 1 }];
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Count.'), patience())))).toBe('One two three.');
    await conversation.close();
  });

  it('[R1] a greeting that is broken off is caught up on', async () => {
    farEnd.opening = { text: 'Good day to you.', dropsStreamAfterTokens: 2 };
    const conversation = savedAgent(farEnd).open(UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe('Good day to you.');
    await conversation.close();
  });

  it('a stream of creation that outlives the first turn is read on', async () => {
    farEnd.faults.keepsCreateStream = true;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(lines(/^GET .*\/events$/)).toEqual([]);
    await conversation.close();
  });

  it('headers that come with the first event only hold nothing up', async () => {
    farEnd.faults.holdsStreamHeaders = true;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('[T7] what a subagent says is not spoken', async () => {
    farEnd.replies = [{ text: 'Done.', subagentSays: 'I looked at page four.' }];
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Look.'), patience())))).toBe('Done.');
    await conversation.close();
  });

  it('a tool that nobody has is answered as failed, so that the turn goes on', async () => {
    farEnd.replies = [{ text: 'I cannot do that.', calls: { name: 'end_call', arguments: {} } }];
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hang up.'), patience())))).toBe('I cannot do that.');
    const results = farEnd.requests.flatMap(({ body }) =>
      JSON.stringify(body ?? '').includes('tool_result') ? [body] : [],
    );
    expect(results).toMatchObject([{ events: [{ success: false }] }]);
    await conversation.close();
  });

  it('a session that could not be created is created with the next message', async () => {
    farEnd.faults.refuseNext = 2;
    const conversation = savedAgent(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.known).toBe(`user: ${GREETED.note}\nassistant: ok\nuser: Hi.`);
    await conversation.close();
  });

  it('a session that is gone is replaced, and nothing that the caller says is lost', async () => {
    const conversation = savedAgent(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const { baseUrl, apiKey } = farEnd;
    const client = new OpenAI({ apiKey, baseURL: baseUrl });
    await client.beta.agents.sessions.delete('sess_1');
    // Whether this one fails depends on who notices first: the event stream, or the message.
    await read(conversation.reply(message('Lost?'), patience()));
    expect(textOf(await read(conversation.reply(message('Back?'), patience())))).toBe('Yes.');
    expect(farEnd.known).toContain('Lost?');
    await conversation.close();
  });

  it('an agent that does not exist is refused', async () => {
    const conversation = savedAgent(farEnd, 'agent_nobody').open(UNGREETED);
    expect(await read(conversation.greet(patience()))).toEqual([
      { type: 'failed', failure: 'refused', detail: '404 agent_not_found' },
    ]);
    await conversation.close();
  });
});
