// The sandbox is only worth what it refuses: these tests hold it to the real API's rules, through the SDK and without.
import { OpenAI } from 'openai';
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let client: OpenAI;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  client = new OpenAI({ apiKey: farEnd.apiKey, baseURL: farEnd.baseUrl, maxRetries: 0 });
});

afterEach(() => farEnd.stop());

const user = { role: 'user', content: 'Hi.' } as const;
const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } } as const;
const calling = { role: 'assistant', tool_calls: [call] };
const result = { role: 'tool', tool_call_id: 'c1', content: 'Done.' };
const tools: ChatCompletionCreateParamsBase['tools'] = [
  { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
];

const post = (body: object) =>
  fetch(`${farEnd.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${farEnd.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'scripted', messages: [user], stream: true, ...body }),
  });

const ask = (
  more: Partial<ChatCompletionCreateParamsBase> = {},
  messages: ChatCompletionMessageParam[] = [user],
) => client.chat.completions.create({ model: 'scripted', messages, ...more, stream: true });

const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

describe('the chat/completions of the sandbox refuses', () => {
  it.each<[string, object, number, string | null]>([
    ['an unknown field', { instructions: 'Sell.' }, 400, 'unknown_parameter'],
    ['no model', { model: undefined }, 400, null],
    ['an unknown model', { model: 'gpt-9' }, 404, 'model_not_found'],
    ['not to be told whether to stream', { stream: undefined }, 400, 'invalid_type'],
    ['options of a stream that is none', { stream: false, stream_options: {} }, 400, null],
    ['no messages', { messages: [] }, 400, 'empty_array'],
    ['messages that are no list', { messages: 'Hi.' }, 400, 'invalid_type'],
    ['an unknown role', { messages: [{ role: 'robot', content: 'Hi.' }] }, 400, 'invalid_value'],
    ['an inherited role', { messages: [{ role: 'toString', content: 'Hi.' }] }, 400, 'invalid_value'],
    ['an unknown field of a message', { messages: [{ ...user, text: 'Hi.' }] }, 400, 'unknown_parameter'],
    ['a message without content', { messages: [{ role: 'user' }] }, 400, 'invalid_type'],
    ["nobody's words without content", { messages: [{ role: 'assistant' }, user] }, 400, 'invalid_type'],
    [
      'a part that is no text',
      { messages: [{ role: 'user', content: [{ type: 'input_text' }] }] },
      400,
      'invalid_type',
    ],
    ['an empty list of calls', { messages: [{ ...calling, tool_calls: [] }] }, 400, 'empty_array'],
    [
      'a call without arguments',
      { messages: [{ ...calling, tool_calls: [{ ...call, function: { name: 'f' } }] }] },
      400,
      'invalid_value',
    ],
    [
      'a result that names no call',
      { messages: [calling, { role: 'tool', content: 'Done.' }] },
      400,
      'missing_required_parameter',
    ],
    ['a result of no call', { messages: [user, result] }, 400, null],
    ['a result of another call', { messages: [calling, { ...result, tool_call_id: 'c2' }] }, 400, null],
    ['a second result', { messages: [calling, result, result] }, 400, null],
    ['a call that is not answered', { messages: [calling] }, 400, null],
    ['a call that is answered too late', { messages: [calling, user, result] }, 400, null],
    ['an empty list of tools', { tools: [] }, 400, 'empty_array'],
    [
      'a function in the style of Responses',
      { tools: [{ type: 'function', name: 'f' }] },
      400,
      'invalid_value',
    ],
    ['a choice among no tools', { tool_choice: 'none' }, 400, null],
    ['parallel calls of no tools', { parallel_tool_calls: true }, 400, null],
  ])('%s', async (_, body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    expect(farEnd.heard).toEqual([]);
  });

  it('a wrong key', async () => {
    const stranger = new OpenAI({ apiKey: 'sk-wrong', baseURL: farEnd.baseUrl, maxRetries: 0 });
    await expect(
      stranger.chat.completions.create({ model: 'scripted', messages: [user], stream: true }),
    ).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  it('tools, where its model knows none', async () => {
    farEnd.faults.refusesTools = true;
    await expect(ask({ tools })).rejects.toMatchObject({ status: 400 });
    await expect(ask()).resolves.toBeDefined();
  });

  const system = { role: 'system', content: 'S.' };
  const answer = { role: 'assistant', content: 'A.' };

  it.each<[string, number, object[]]>([
    ['takes a question', 200, [user]],
    ['takes system first', 200, [system, user, answer, user]],
    ['takes a call of a tool on the way', 200, [user, calling, result, answer, user]],
    ['refuses two questions', 400, [user, user]],
    ['refuses an answer first', 400, [system, answer, user]],
    ['refuses system twice', 400, [system, system, user]],
    ['refuses system later', 400, [user, answer, system, user]],
  ])('what does not alternate, where its template insists: it %s', async (_, status, messages) => {
    farEnd.faults.insistsOnAlternation = true;
    const response = await post({ messages });
    expect(response.status).toBe(status);
    await response.text();
  });
});

describe('the chat/completions of the sandbox', () => {
  it('tells an answer as real servers do, with what is no word of it', async () => {
    farEnd.replies = [{ text: 'Two words.', commentary: 'Hm.' }];
    const response = await post({});
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const frames = (await response.text()).trim().split('\n\n');
    expect(frames[0]).toBe(': ping');
    expect(frames.at(-1)).toBe('data: [DONE]');
    const chunks = frames.slice(1, -1).map((frame) => JSON.parse(frame.replace(/^data: /, '')));
    expect(chunks.map(({ choices: [{ delta, finish_reason }] }) => [delta, finish_reason])).toEqual([
      [{ role: 'assistant', content: '', refusal: null }, null],
      [{ reasoning_content: 'Hm.' }, null],
      [{}, null],
      [{ content: 'Two' }, null],
      [{ content: ' words.' }, null],
      [{}, 'stop'],
    ]);
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', model: 'scripted' });
    expect(chunks[0]).not.toHaveProperty('usage');
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('tells usage in a last chunk without choices, to who asked', async () => {
    const chunks = await Array.fromAsync(await ask({ stream_options: { include_usage: true } }));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 2 } });
    expect(chunks[0]?.usage).toBeNull();
  });

  it('hears the history by its roles', async () => {
    const said: ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Sell.' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
      { role: 'developer', content: 'Note.' },
    ];
    await Array.fromAsync(await ask({}, [...said, user]));
    expect(farEnd.heard).toEqual([
      {
        history: [
          { role: 'developer', text: 'Sell.' },
          { role: 'assistant', text: 'Hello.' },
          { role: 'developer', text: 'Note.' },
        ],
        text: 'Hi.',
        sessionId: '',
      },
    ]);
    await Array.fromAsync(await ask({}, [user, ...said]));
    expect(farEnd.heard.at(-1)?.text).toBe('');
  });

  it('calls a function in fragments, and says the rest to its result', async () => {
    const calls = { name: 'f', arguments: { x: 'twelve' } };
    farEnd.replies = [{ text: 'Done.', saysBeforeCall: 'Wait.', calls }];
    const first = await Array.fromAsync(await ask({ tools }));
    expect(textOf(first)).toBe('Wait.');
    expect(first.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    const [begun, ...fragments] = first.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(begun).toMatchObject({ index: 0, type: 'function', function: { name: 'f', arguments: '' } });
    expect(fragments.length).toBeGreaterThan(1);
    expect(fragments.every(({ id, function: f }) => id === undefined && f?.name === undefined)).toBe(true);
    expect(fragments.map((one) => one.function?.arguments).join('')).toBe('{"x":"twelve"}');
    const id = begun?.id ?? '';
    const rest: ChatCompletionMessageParam[] = [
      user,
      { role: 'assistant', content: null, tool_calls: [{ ...call, id }] },
      { role: 'tool', tool_call_id: id, content: 'ok' },
    ];
    expect(textOf(await Array.fromAsync(await ask({ tools }, rest)))).toBe('Done.');
    farEnd.replies = [{ text: 'Next.' }];
    await Array.fromAsync(await ask({ tools }, [...rest, user]));
    expect(farEnd.toolAnswers).toEqual([{ name: 'f', output: 'ok' }]);
  });

  it.each([{}, { tools, tool_choice: 'none' as const }])(
    'calls no function that it may not: %j',
    async (more) => {
      farEnd.replies = [{ text: 'Done.', calls: { name: 'f', arguments: {} } }];
      expect(textOf(await Array.fromAsync(await ask(more)))).toBe('Done.');
    },
  );

  it('answers whole who asks for no stream, and who has a server without streams', async () => {
    farEnd.replies = [{ text: 'Whole.' }, { text: '', calls: { name: 'f', arguments: {} } }];
    const whole = await client.chat.completions.create({
      model: 'scripted',
      messages: [user],
      stream: false,
    });
    expect(whole.choices).toMatchObject([{ message: { content: 'Whole.' }, finish_reason: 'stop' }]);
    const second = await client.chat.completions.create({
      model: 'scripted',
      messages: [user],
      tools,
      stream: false,
    });
    expect(second.choices).toMatchObject([
      {
        message: { content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
        finish_reason: 'tool_calls',
      },
    ]);
    farEnd.replies = [{ text: 'Whole.', isWithoutParts: true }];
    const response = await post({});
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  });

  it('tells all of a text in one chunk where it has no deltas', async () => {
    farEnd.replies = [{ text: 'All at once.', isWithoutDeltas: true }];
    const chunks = await Array.fromAsync(await ask());
    expect(chunks.map(({ choices }) => choices[0]?.delta.content).filter(Boolean)).toEqual(['All at once.']);
  });

  it('met its length limit', async () => {
    farEnd.replies = [{ text: 'So far', failWith: 'max_output_tokens' }];
    const chunks = await Array.fromAsync(await ask());
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it('fails in the middle of a stream, and says no more', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_overloaded' }];
    await expect(Array.fromAsync(await ask())).rejects.toMatchObject({ code: 'server_overloaded' });
    expect(await (await post({})).text()).not.toContain('[DONE]');
    expect((await post({ stream: false })).status).toBe(500);
  });

  it('breaks off where the mind says so', async () => {
    farEnd.replies = [{ text: 'One two three', dropsStreamAfterTokens: 2 }];
    await expect(Array.fromAsync(await ask())).rejects.toThrow();
  });

  it('ends an answer that hangs once nobody reads it', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    for await (const { choices } of await ask()) if (choices[0]?.delta.content === 'On') break;
    await farEnd.until(() => farEnd.openExchanges === 0);
  });

  it('has the flower shop at hand', async () => {
    const chunks = await Array.fromAsync(
      await ask({ model: 'gpt-6-luna' }, [{ role: 'user', content: 'Where are you?' }]),
    );
    expect(textOf(chunks)).toContain('12 Market Street');
  });
});
