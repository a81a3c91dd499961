// The sandbox is only worth what it refuses: these tests hold it to the real API's rules, through the SDK and without.
import { OpenAI } from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let client: OpenAI;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  client = new OpenAI({ apiKey: farEnd.apiKey, baseURL: farEnd.baseUrl, maxRetries: 0 });
});

afterEach(() => farEnd.stop());

const ask = (input: string, more: { previous_response_id?: string; store?: boolean } = {}) =>
  client.responses.create({ model: 'scripted', input, ...more });

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
    ['an unknown prompt', { prompt: { id: 'pmpt_nobody' } }, 404, 'prompt_not_found'],
    ['an unknown response', { previous_response_id: 'resp_9' }, 400, 'previous_response_not_found'],
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
    const calling = await ask('C');
    for (const { id } of [unstored, failed, calling])
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
