// The sandbox is only worth what it refuses: these tests hold it to the real API's rules, through the SDK and without.
import { OpenAI } from 'openai';
import type {
  FunctionTool,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let client: OpenAI;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  client = new OpenAI({ apiKey: farEnd.apiKey, baseURL: farEnd.baseUrl, maxRetries: 0 });
});

afterEach(() => farEnd.stop());

const ask = (
  input: string | ResponseInputItem[],
  more: Pick<
    ResponseCreateParamsNonStreaming,
    'previous_response_id' | 'store' | 'tools' | 'tool_choice'
  > = {},
) => client.responses.create({ model: 'scripted', input, ...more });

const f: FunctionTool = {
  type: 'function',
  name: 'f',
  parameters: {
    type: 'object',
    properties: { x: { type: 'string' } },
    required: ['x'],
    additionalProperties: false,
  },
  strict: true,
};
const outputFor = (call_id: string, output = '1') =>
  ({ type: 'function_call_output', call_id, output }) as const;

/** The response that has called `f`, and that call. */
async function calling() {
  const response = await ask('Call.', { tools: [f] });
  const [call] = response.output;
  if (call?.type !== 'function_call') throw new Error('There was no call.');
  return { previous_response_id: response.id, call };
}

describe('the Responses API of the sandbox refuses', () => {
  it.each([
    ['an unknown field', { voice: 'marin' }, 400, 'unknown_parameter'],
    ['no input', { input: undefined }, 400, 'invalid_value'],
    [
      'an input that is no list of messages',
      { input: [{ role: 'robot', content: 'Hi.' }] },
      400,
      'invalid_value',
    ],
    ['an unknown model', { model: 'gpt-9' }, 400, 'model_not_found'],
    ['an unknown response', { previous_response_id: 'resp_9' }, 400, 'previous_response_not_found'],
    ['a tool that is no function', { tools: [{ type: 'fax' }] }, 400, 'unsupported_value'],
    ['an unknown field of a tool', { tools: [{ ...f, colour: 'red' }] }, 400, 'unknown_parameter'],
    [
      'a strict schema that requires less than all',
      { tools: [{ ...f, parameters: { ...f.parameters, required: [] } }] },
      400,
      'invalid_function_parameters',
    ],
    [
      'a strict schema that allows more',
      { tools: [{ ...f, parameters: { ...f.parameters, additionalProperties: true } }] },
      400,
      'invalid_function_parameters',
    ],
    ['a choice without tools', { tool_choice: 'none' }, 400, 'invalid_value'],
    ['a result of no call', { input: [outputFor('call_stray')] }, 400, 'invalid_value'],
    ['a conversation and a response', { conversation: 'c', previous_response_id: 'r' }, 400, 'invalid_value'],
  ])('%s', async (_, body, status, code) => {
    const response = await fetch(`${farEnd.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${farEnd.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'scripted', input: 'Hi.', stream: true, ...body }),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    expect(farEnd.heard).toEqual([]);
  });

  it('a wrong key', async () => {
    const stranger = new OpenAI({ apiKey: 'sk-wrong', baseURL: farEnd.baseUrl, maxRetries: 0 });
    await expect(stranger.responses.create({ model: 'scripted', input: 'Hi.' })).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    });
  });

  it('to stand on a response that was not stored, that failed, or that waits for a tool', async () => {
    farEnd.replies = [
      { text: 'Yes.' },
      { text: '', failWith: 'server_error' },
      { text: '', calls: { name: 'f', arguments: {} } },
    ];
    const unstored = await ask('A', { store: false });
    const failed = await ask('B');
    const waiting = await ask('C', { tools: [f] });
    expect(waiting.output).toMatchObject([{ type: 'function_call' }]);
    for (const { id } of [unstored, failed, waiting])
      await expect(ask('D', { previous_response_id: id })).rejects.toMatchObject({ status: 400 });
  });
});

describe('the Responses API of the sandbox', () => {
  it('tells a response in order, and numbers its events', async () => {
    farEnd.replies = [{ text: 'Two words.' }];
    const stream = await client.responses.create({ model: 'scripted', input: 'Hi.', stream: true });
    const events: ResponseStreamEvent[] = await Array.fromAsync(stream);
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  });

  it('remembers what it stands on', async () => {
    farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Ann.' }];
    const { id } = await ask('I am Ann.');
    const { output_text } = await ask('Who am I?', { previous_response_id: id });
    expect(output_text).toBe('Ann.');
    expect(farEnd.heard.at(-1)).toMatchObject({
      text: 'Who am I?',
      history: [
        { role: 'user', text: 'I am Ann.' },
        { role: 'assistant', text: 'Hello, Ann.' },
      ],
    });
  });

  it('calls a function, and says the rest once it has the result', async () => {
    farEnd.replies = [{ saysBeforeCall: 'Wait.', text: '', calls: { name: 'f', arguments: {} } }];
    expect(await ask('Call.', { tools: [f] })).toMatchObject({
      status: 'completed',
      output: [{ type: 'message' }, { type: 'function_call', name: 'f', arguments: '{}' }],
    });
    farEnd.replies = [{ text: 'Done.', calls: { name: 'f', arguments: { x: 'y' } } }, { text: 'And now?' }];
    const { call, previous_response_id } = await calling();
    const input = [outputFor(call.call_id, 'It is 1.')];
    const { output_text, id } = await ask(input, { previous_response_id, tools: [f] });
    expect(output_text).toBe('Done.');
    expect(farEnd.toolAnswers).toEqual([{ name: 'f', output: 'It is 1.' }]);
    await ask('Next.', { previous_response_id: id });
    expect(farEnd.known).toBe('user: Call.\nassistant: Done.\nuser: Next.');
  });

  it('wants a result for each call, and none for another', async () => {
    farEnd.replies = [{ text: 'Done.', calls: { name: 'f', arguments: {} } }];
    const { call, previous_response_id } = await calling();
    const right = outputFor(call.call_id);
    await expect(ask([outputFor('call_stray')], { previous_response_id })).rejects.toMatchObject({
      status: 400,
    });
    await expect(ask([right, outputFor('call_stray')], { previous_response_id })).rejects.toMatchObject({
      status: 400,
    });
    expect(farEnd.toolAnswers).toEqual([]);
  });

  it.each([
    ['that it was not given', {}],
    ['when told to call none', { tools: [f], tool_choice: 'none' }],
  ] as const)('calls no function %s', async (_, more) => {
    farEnd.replies = [{ text: 'Never mind.', calls: { name: 'f', arguments: {} } }];
    const { output, output_text } = await ask('Call.', {
      ...more,
      tools: 'tools' in more ? [...more.tools] : [],
    });
    expect(output_text).toBe('Never mind.');
    expect(output).toHaveLength(1);
  });

  it('ends a response that hangs once nobody reads it, and keeps nothing of it', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const stream = await client.responses.create({ model: 'scripted', input: 'Hi.', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    await farEnd.until(() => farEnd.openExchanges === 0);
    await expect(ask('More.', { previous_response_id: 'resp_1' })).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ['server_error', 'response.failed'],
    ['max_output_tokens', 'response.incomplete'],
  ] as const)('ends with %s as %s', async (failWith, type) => {
    farEnd.replies = [{ text: 'Well', failWith }];
    const stream = await client.responses.create({ model: 'scripted', input: 'Hi.', stream: true });
    const events = await Array.fromAsync(stream);
    expect(events.at(-1)).toMatchObject({ type, response: { output: [{ content: [{ text: 'Well' }] }] } });
  });

  it('ends with an error that is no response', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_overloaded' }];
    const stream = await client.responses.create({ model: 'scripted', input: 'Hi.', stream: true });
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'server_overloaded' });
  });
});
