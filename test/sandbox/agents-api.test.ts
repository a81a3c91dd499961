// The sandbox is only worth what it refuses: these tests hold it to the real API's rules, through the SDK and without.
import { OpenAI } from 'openai';
import type { AgentSessionEvent, AgentSessionInputParam } from 'openai/resources/beta/agents/agents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let client: OpenAI;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  client = new OpenAI({ apiKey: farEnd.apiKey, baseURL: farEnd.baseUrl, maxRetries: 0 });
});

afterEach(() => farEnd.stop());

const sessions = () => client.beta.agents.sessions;
const create = { agent_id: 'agent_scripted', environment: { type: 'none' }, input: 'Hi.' } as const;
const say = (text: string): AgentSessionInputParam => ({
  type: 'agent.session.input.message',
  input: [{ role: 'user', content: [{ type: 'input_text', text }] }],
});
const weather = {
  type: 'function',
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: {} },
  defer_loading: false,
} as const;
const cancel = { type: 'agent.session.input.cancel' } as const;

/** All events up to and with the first of this type. */
async function upTo(stream: AsyncIterable<AgentSessionEvent>, type: AgentSessionEvent['type']) {
  const events: AgentSessionEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (event.type === type) return events;
  }
  throw new Error(`The stream ended without ${type}.`);
}

/** The same stream, still open after one has stopped reading it. */
function keptOpen(stream: AsyncIterable<AgentSessionEvent>): AsyncIterable<AgentSessionEvent> {
  const iterator = stream[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
}

const textOf = (events: readonly AgentSessionEvent[]) =>
  events.map((event) => (event.type === 'agent.session.turn.output_text.delta' ? event.delta : '')).join('');

/** Without the SDK, which would not send any of this. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${farEnd.baseUrl}/agents${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${farEnd.apiKey}`,
      'openai-beta': 'agents=v1',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const told: unknown = await response.json();
  return { status: response.status, told };
}

describe('the Agents API of the sandbox refuses', () => {
  it.each([
    ['no key', { authorization: '' }, {}, 401, 'missing_authorization'],
    ['a wrong key', { authorization: 'Bearer sk-wrong' }, {}, 401, 'invalid_api_key'],
    ['no beta header', { 'openai-beta': '' }, {}, 400, 'missing_beta_header'],
    ['the header of another beta', { 'openai-beta': 'assistants=v2' }, {}, 400, 'missing_beta_header'],
    ['an unknown field', {}, { voice: 'marin' }, 400, 'unknown_parameter'],
    ['no input without an environment', {}, { input: undefined }, 400, 'missing_required_parameter'],
    ['an empty input', {}, { input: '' }, 400, 'missing_required_parameter'],
    ['no environment', {}, { environment: undefined }, 400, 'missing_required_parameter'],
    ['an agent that is not there', {}, { agent_id: 'agent_nobody' }, 404, 'agent_not_found'],
    ['an override that it does not know', {}, { agent: { model: 'gpt-9' } }, 400, 'unsupported_value'],
    ['tools that are no list', {}, { agent: { tools: weather } }, 400, 'invalid_value'],
    ['a type of tool that is not', {}, { agent: { tools: [{ type: 'fax' }] } }, 400, 'invalid_value'],
    ['a strict function', {}, { agent: { tools: [{ ...weather, strict: true }] } }, 400, 'unknown_parameter'],
    ['a function with no name', {}, { agent: { tools: [{ ...weather, name: '' }] } }, 400, 'invalid_value'],
    ['two functions of a name', {}, { agent: { tools: [weather, weather] } }, 400, 'invalid_value'],
    ['metadata that is too long', {}, { metadata: { note: 'x'.repeat(513) } }, 400, 'invalid_value'],
  ])('%s', async (_, headers, body, status, code) => {
    const answer = await post('/sessions', { ...create, ...body }, headers);
    expect(answer.status).toBe(status);
    expect(answer.told).toEqual({
      error: expect.objectContaining({ code, type: 'invalid_request_error', message: expect.any(String) }),
    });
    expect(farEnd.heard).toEqual([]);
  });

  it.each([
    ['no events', { events: [] }, 'missing_required_parameter'],
    ['an unknown event', { events: [{ type: 'agent.session.input.shout' }] }, 'invalid_value'],
    ['an unknown field of an event', { events: [{ ...cancel, turn_id: 'turn_1' }] }, 'unknown_parameter'],
    ['a message without text', { events: [{ ...say(''), input: [] }] }, 'invalid_value'],
    [
      'a message without parts',
      { events: [{ ...say(''), input: [{ role: 'user', content: [] }] }] },
      'invalid_value',
    ],
    [
      'a message in a role other than the user',
      {
        events: [
          { ...say(''), input: [{ role: 'developer', content: [{ type: 'input_text', text: 'x' }] }] },
        ],
      },
      'invalid_value',
    ],
    ['a message that is a bare string', { events: [{ ...say(''), input: 'Hi.' }] }, 'invalid_value'],
    ['a cancel when nothing runs', { events: [cancel] }, 'no_active_turn'],
    [
      'a result that nobody waits for',
      { events: [{ type: 'agent.session.input.tool_result', turn_id: 't', call_id: 'c', success: true }] },
      'invalid_tool_result',
    ],
  ])('%s', async (_, body, code) => {
    const stream = await sessions().create({ ...create, stream: true });
    await upTo(stream, 'agent.session.idle');
    const answer = await post('/sessions/sess_1/events', body);
    expect(answer).toMatchObject({ status: 400, told: { error: { code } } });
  });

  it('a session that is not there', async () => {
    await expect(sessions().retrieve('sess_9')).rejects.toMatchObject({ status: 404 });
    await expect(sessions().delete('sess_9')).rejects.toMatchObject({ status: 404 });
    await expect(sessions().events.stream('sess_9')).rejects.toMatchObject({ status: 404 });
    await expect(sessions().events.create('sess_9', { events: [cancel] })).rejects.toMatchObject({
      status: 404,
    });
    await expect(client.beta.agents.retrieve('agent_nobody')).rejects.toMatchObject({ status: 404 });
  });

  it('to delete a session while a turn runs', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const { id } = await sessions().create(create);
    await expect(sessions().delete(id)).rejects.toMatchObject({ status: 409 });
  });
});

describe('the Agents API of the sandbox', () => {
  it('tells a turn from its creation to idle, in order', async () => {
    farEnd.replies = [{ text: 'Two words.' }];
    const stream = await sessions().create({ ...create, stream: true });
    const events = await upTo(stream, 'agent.session.idle');
    expect(events.map(({ type }) => type.replace('agent.session.', ''))).toEqual([
      'created',
      'turn.created',
      'turn.item.added',
      'in_progress',
      'turn.in_progress',
      'turn.item.added',
      'turn.content_part.added',
      'turn.output_text.delta',
      'turn.output_text.delta',
      'turn.output_text.done',
      'turn.content_part.done',
      'turn.item.done',
      'turn.completed',
      'idle',
    ]);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
  });

  it('tells only what happens while somebody listens', async () => {
    const { id } = await sessions().create(create);
    await farEnd.until(() => farEnd.heard.length === 1);
    await upTo(await sessions().events.stream(id), 'agent.session.idle');
    const late = await sessions().events.stream(id);
    await sessions().events.create(id, { events: [say('Again.')] });
    const events = await upTo(late, 'agent.session.turn.completed');
    expect(textOf(events)).toBe('Yes.');
  });

  it('lets a message steer the turn that runs, instead of beginning another', async () => {
    farEnd.replies = [{ text: 'Going on', perTokenMs: 20 }, { text: 'Turned.' }];
    const stream = await sessions().create({ ...create, stream: true });
    await farEnd.until(() => farEnd.heard.length === 1);
    await sessions().events.create('sess_1', { events: [say('No, wait.')] });
    const events = await upTo(stream, 'agent.session.idle');
    expect(events.filter(({ type }) => type === 'agent.session.turn.created')).toHaveLength(1);
    expect(textOf(events)).toMatch(/Turned\.$/);
  });

  it('cancels a turn, lets a late delta out, and keeps what was said', async () => {
    farEnd.replies = [{ text: 'One two three', perTokenMs: 100 }];
    farEnd.faults.cancelTakesMs = 10;
    const stream = keptOpen(await sessions().create({ ...create, stream: true }));
    await upTo(stream, 'agent.session.turn.output_text.delta');
    await sessions().events.create('sess_1', { events: [cancel] });
    const events = await upTo(stream, 'agent.session.idle');
    expect(textOf(events)).toBe(' two');
    expect(events.map(({ type }) => type)).toContain('agent.session.turn.cancelled');
    const items = await Array.fromAsync(sessions().items.list('sess_1', { order: 'asc' }));
    expect(items).toMatchObject([
      { role: 'user', content: [{ text: 'Hi.' }] },
      { role: 'assistant', content: [{ text: 'One two' }], status: 'incomplete' },
    ]);
  });

  it('takes a message once, however often it comes with the same key', async () => {
    const { id } = await sessions().create(create);
    const stream = await sessions().events.stream(id);
    await upTo(stream, 'agent.session.idle');
    for (let i = 0; i < 3; i++)
      await sessions().events.create(id, { events: [say('Once.')], 'Idempotency-Key': 'k1' });
    const items = await Array.fromAsync(sessions().items.list(id));
    expect(items.filter((item) => JSON.stringify(item).includes('Once.'))).toHaveLength(1);
  });

  it('waits for the result of a call, and takes it once', async () => {
    farEnd.agentTools['agent_scripted'] = [weather];
    farEnd.replies = [{ text: 'Sunny.', calls: { name: 'weather', arguments: { day: 'today' } } }];
    const stream = keptOpen(await sessions().create({ ...create, stream: true }));
    const told = (await upTo(stream, 'agent.session.requires_action')).at(-1);
    const { required_actions, status } = await sessions().retrieve('sess_1');
    expect(status).toBe('requires_action');
    expect(told).toMatchObject({ session: { required_actions } });
    const [action] = required_actions;
    if (action?.type !== 'function_call') throw new Error('There was no call.');
    expect(action).toMatchObject({ name: 'weather', arguments: { day: 'today' } });
    const { turn_id, call_id } = action;
    const result = { type: 'agent.session.input.tool_result', turn_id, call_id } as const;
    const answer = (more: object) => post('/sessions/sess_1/events', { events: [{ ...result, ...more }] });
    const refused = { status: 400, told: { error: { code: 'invalid_tool_result' } } };
    expect(await answer({ success: true })).toMatchObject(refused);
    expect(await answer({ output: '20°' })).toMatchObject(refused);
    expect(await answer({ success: true, output: '20°', call_id: 'call_stray' })).toMatchObject(refused);
    await sessions().events.create('sess_1', { events: [{ ...result, success: true, output: '20°' }] });
    expect(await answer({ success: true, output: '20°' })).toMatchObject(refused);
    expect(textOf(await upTo(stream, 'agent.session.idle'))).toBe('Sunny.');
    expect(farEnd.toolAnswers).toEqual([{ name: 'weather', output: '20°' }]);
  });

  it('cancels a turn that waits for a result', async () => {
    farEnd.agentTools['agent_scripted'] = [weather];
    farEnd.replies = [{ text: 'Sunny.', calls: { name: 'weather', arguments: {} } }];
    const stream = keptOpen(await sessions().create({ ...create, stream: true }));
    await upTo(stream, 'agent.session.requires_action');
    await sessions().events.create('sess_1', { events: [cancel] });
    await upTo(stream, 'agent.session.turn.cancelled');
    await upTo(stream, 'agent.session.idle');
    expect(await sessions().retrieve('sess_1')).toMatchObject({ status: 'idle', required_actions: [] });
  });

  it.each([
    ['saved', [weather], {}, true],
    ['given in place of the saved ones', [], { agent: { tools: [weather] } }, true],
    ['replaced by others', [weather], { agent: { tools: [{ ...weather, name: 'time' }] } }, false],
    ['there for nobody', [], {}, false],
  ])('lets an agent call functions that are %s: %#', async (_, saved, more, isCalled) => {
    farEnd.agentTools['agent_scripted'] = saved;
    farEnd.replies = [{ text: 'Sunny.', calls: { name: 'weather', arguments: {} } }];
    const stream = await sessions().create({ ...create, ...more, stream: true });
    const events = await upTo(
      stream,
      isCalled ? 'agent.session.requires_action' : 'agent.session.turn.completed',
    );
    expect(textOf(events)).toBe(isCalled ? '' : 'Sunny.');
    const agent = await client.beta.agents.retrieve('agent_scripted');
    expect(agent.tools).toEqual(saved);
  });

  it('has each part of a message heard by itself, the last one as what is asked', async () => {
    const { id } = await sessions().create(create);
    await upTo(await sessions().events.stream(id), 'agent.session.idle');
    const content = ['[A note.]', 'Well?'].map((text) => ({ type: 'input_text', text }) as const);
    await sessions().events.create(id, {
      events: [
        {
          type: 'agent.session.input.message',
          input: [
            { role: 'user', content: [{ type: 'input_text', text: 'Hm.' }] },
            { role: 'user', content },
          ],
        },
      ],
    });
    await farEnd.until(() => farEnd.heard.length === 2);
    expect(farEnd.heard.at(-1)?.text).toBe('Well?');
    expect(farEnd.known).toBe('user: Hi.\nassistant: Yes.\nuser: Hm.\nuser: [A note.]\nuser: Well?');
  });

  it('lists turns and their items', async () => {
    const stream = await sessions().create({ ...create, stream: true });
    await upTo(stream, 'agent.session.idle');
    const { data } = await sessions().turns.list('sess_1');
    expect(data).toMatchObject([{ status: 'completed', subagent_id: null }]);
    const turn_id = data[0]?.id ?? '';
    await expect(sessions().turns.retrieve(turn_id, { session_id: 'sess_1' })).resolves.toMatchObject({
      id: turn_id,
    });
    const items = await Array.fromAsync(
      sessions().turns.items.list(turn_id, { session_id: 'sess_1', order: 'asc', limit: 1 }),
    );
    expect(items).toMatchObject([{ role: 'user' }, { role: 'assistant', content: [{ text: 'Yes.' }] }]);
  });
});
