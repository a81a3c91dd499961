// The sandbox is only worth what it refuses: these tests hold its ChatKit server to what the Python library was seen to
// do, without the relay.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const post = (body: unknown, more: { headers?: Record<string, string>; signal?: AbortSignal } = {}) =>
  fetch(farEnd.baseUrl.replace(/v1$/, 'chatkit/agent_scripted'), {
    method: 'POST',
    headers: { authorization: `Bearer ${farEnd.apiKey}`, ...more.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  });

const input = (text: string) => ({
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});
const create = (text: string) => ({ type: 'threads.create', params: { input: input(text) } });
const add = (text: string, thread_id: string) => ({
  type: 'threads.add_user_message',
  params: { thread_id, input: input(text) },
});
const output = (thread_id: string) => ({
  type: 'threads.add_client_tool_output',
  params: { thread_id, result: { ok: true } },
});

interface Told {
  readonly type: string;
  readonly thread?: { readonly id: string };
  readonly item?: { readonly id: string; readonly type: string };
  readonly update?: { readonly type: string };
}

/** The events of a stream that ends as it should. */
async function told(body: unknown): Promise<Told[]> {
  const text = await (await post(body)).text();
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame): Told => JSON.parse(frame.replace(/^data: /, '')));
}

async function newThread(text = 'Hi.'): Promise<string> {
  const [created] = await told(create(text));
  return created?.thread?.id ?? '';
}

describe('the ChatKit server of the sandbox answers with a bare 500', () => {
  const { content, attachments, inference_options } = input('Hi.');
  it.each([
    ['what is no JSON', '{'],
    ['an unknown type', { type: 'threads.cancel', params: { thread_id: 'thr_1' } }],
    ['no params', { type: 'threads.create' }],
    ['no content', { type: 'threads.create', params: { input: { attachments, inference_options } } }],
    ['no attachments', { type: 'threads.create', params: { input: { content, inference_options } } }],
    ['no inference options', { type: 'threads.create', params: { input: { content, attachments } } }],
    [
      'a text for attachments',
      { type: 'threads.create', params: { input: { ...input(''), attachments: 'a' } } },
    ],
    ['a text for content', { type: 'threads.create', params: { input: { ...input(''), content: 'Hi.' } } }],
    ['no thread', { type: 'threads.add_user_message', params: { input: input('Hi.') } }],
    ['no result of a tool', { type: 'threads.add_client_tool_output', params: { thread_id: 'thr_1' } }],
    [
      'answers that are texts',
      {
        type: 'threads.add_structured_input',
        params: {
          thread_id: 'thr_1',
          item_id: 'si_1',
          input: { status: 'answered', answers: { q1: 'Red' } },
        },
      },
    ],
  ])('%s', async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe('Internal Server Error');
    expect(farEnd.heard).toEqual([]);
  });
});

describe('the ChatKit server of the sandbox', () => {
  it('turns away a wrong key, another method and another path', async () => {
    const wrong = await post(create('Hi.'), { headers: { authorization: 'Bearer sk-wrong' } });
    expect(wrong.status).toBe(401);
    const url = farEnd.baseUrl.replace(/v1$/, 'chatkit/agent_scripted');
    const headers = { authorization: `Bearer ${farEnd.apiKey}` };
    expect((await fetch(url, { headers })).status).toBe(405);
    expect((await fetch(`${url}x`, { method: 'POST', headers, body: '{}' })).status).toBe(404);
  });

  it('streams a first message in order, in frames of data only, and ends without a word', async () => {
    farEnd.replies = [{ text: 'Two words.' }];
    const response = await post({ ...create('Hi.'), metadata: {}, extra: 1 });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = await response.text();
    const frames = text.split('\n\n');
    expect(frames.pop()).toBe('');
    expect(frames.every((frame) => /^data: \{.*\}$/.test(frame))).toBe(true);
    expect(text).not.toMatch(/null|\[DONE\]/);
    const events = frames.map((frame): Told => JSON.parse(frame.slice('data: '.length)));
    expect(events.map(({ type, item, update }) => [type, item?.type ?? update?.type])).toEqual([
      ['thread.created', undefined],
      ['thread.item.done', 'user_message'],
      ['stream_options', undefined],
      ['thread.item.added', 'assistant_message'],
      ['thread.item.updated', 'assistant_message.content_part.added'],
      ['thread.item.updated', 'assistant_message.content_part.text_delta'],
      ['thread.item.updated', 'assistant_message.content_part.text_delta'],
      ['thread.item.updated', 'assistant_message.content_part.done'],
      ['thread.item.done', 'assistant_message'],
    ]);
  });

  it('remembers a thread, each part of a message by itself', async () => {
    farEnd.replies = [{ text: 'Hello.' }];
    const threadId = await newThread('I am Ann.');
    const body = add('Who am I?', threadId);
    body.params.input.content.unshift({ type: 'input_text', text: '[A note.]' });
    await told(body);
    expect(farEnd.heard.at(-1)).toMatchObject({
      text: 'Who am I?',
      history: [
        { role: 'user', text: 'I am Ann.' },
        { role: 'assistant', text: 'Hello.' },
        { role: 'user', text: '[A note.]' },
      ],
    });
  });

  it('keeps of a reply that is hung up on what was written, and tells the model', async () => {
    farEnd.replies = [{ text: 'One two', hangs: true }, { text: 'Yes.' }];
    const hangUp = new AbortController();
    const response = await post(create('Count.'), { signal: hangUp.signal });
    let text = '';
    await expect(
      (async () => {
        for await (const chunk of response.body ?? []) {
          text += new TextDecoder().decode(chunk);
          if (text.includes('" two"')) hangUp.abort();
        }
      })(),
    ).rejects.toThrow(/abort/);
    await farEnd.until(() => farEnd.openExchanges === 0);
    await told(add('Go on.', /thr_[0-9a-f]+/.exec(text)?.[0] ?? ''));
    expect(farEnd.heard.at(-1)?.history).toEqual([
      { role: 'user', text: 'Count.' },
      { role: 'assistant', text: 'One two' },
      { role: 'developer', text: expect.stringMatching(/cancelled the stream/) },
    ]);
  });

  it('breaks off a body that had begun with 200 where it does not know the thread', async () => {
    const response = await post(add('Hi.', 'thr_nobody'));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(/terminated/);
  });

  it('breaks off after the thread was created where it does not know what is attached', async () => {
    const body = { ...input('Hi.'), attachments: ['atc_1'] };
    const response = await post({ type: 'threads.create', params: { input: body } });
    await expect(response.text()).rejects.toThrow(/terminated/);
    expect(farEnd.heard).toEqual([]);
  });

  it('takes no second output for a tool after which nothing was said', async () => {
    farEnd.replies = [{ text: '', calls: { name: 'end_call', arguments: {} } }];
    const threadId = await newThread('Bye.');
    await told(output(threadId));
    await expect(told(output(threadId))).rejects.toThrow(/terminated/);
  });

  it('takes the output of a tool as the next request only, and once', async () => {
    const calls = { name: 'end_call', arguments: { reason: 'done' } };
    farEnd.replies = [{ text: 'Bye.', calls }, { text: 'Bye.', calls }, { text: 'Still here.' }];
    const events = await told(create('Bye.'));
    expect(events.at(-1)).toMatchObject({
      type: 'thread.item.done',
      item: { type: 'client_tool_call', status: 'pending', name: 'end_call', arguments: { reason: 'done' } },
    });
    const threadId = events[0]?.thread?.id ?? '';
    const answered = await told(output(threadId));
    expect(answered[0]?.type).toBe('stream_options');
    expect(answered.at(-1)).toMatchObject({ item: { content: [{ text: 'Bye.' }] } });
    await expect(told(output(threadId))).rejects.toThrow(/terminated/);
    const second = await newThread('Bye.');
    await told(add('Wait!', second));
    await expect(told(output(second))).rejects.toThrow(/terminated/);
    expect(farEnd.heard.at(-1)).toMatchObject({ text: 'Wait!', history: [{ text: 'Bye.' }] });
  });

  it('takes the answers to a form, and none to what is no form', async () => {
    farEnd.chatKit.asks = [{ id: 'q1', question: 'Which?', type: 'freeform' }];
    const events = await told(create('Hi.'));
    const form = events.at(-1)?.item?.id ?? '';
    const params = {
      thread_id: events[0]?.thread?.id ?? '',
      input: { status: 'answered', answers: { q1: { values: ['Red'], skipped: false } } },
    };
    const answer = (item_id: string) => ({
      type: 'threads.add_structured_input',
      params: { ...params, item_id },
    });
    const [options, replaced] = await told(answer(form));
    expect(options?.type).toBe('stream_options');
    expect(replaced).toMatchObject({
      type: 'thread.item.replaced',
      item: { status: 'answered', inputs: [{ id: 'q1', answer: { values: ['Red'] } }] },
    });
    expect(farEnd.heard.at(-1)?.text).toBe('Red');
    await expect(told(answer(events[1]?.item?.id ?? ''))).rejects.toThrow(/terminated/);
  });

  it.each([
    ['server_error', { code: 'stream.error', allow_retry: true }],
    ['rate_limit_exceeded', { code: 'rate_limit_exceeded', allow_retry: true }],
    ['cyber_policy', { code: 'cyber_policy', allow_retry: false }],
  ] as const)('tells %s as its last event', async (failWith, error) => {
    farEnd.replies = [{ text: 'Well', failWith }];
    expect((await told(create('Hi.'))).at(-1)).toEqual({ type: 'error', ...error });
  });

  it('lists its threads', async () => {
    const threadId = await newThread();
    const response = await post({ type: 'threads.list', params: { limit: 1 } });
    expect(await response.json()).toMatchObject({ data: [{ id: threadId }], has_more: false });
  });

  it('lets two requests on a thread run side by side', async () => {
    farEnd.replies = [{ text: 'Yes.' }, { text: 'One', hangs: true }, { text: 'Two' }];
    const threadId = await newThread();
    const hangUp = new AbortController();
    await post(add('First.', threadId), { signal: hangUp.signal });
    expect((await told(add('Second.', threadId))).at(-1)).toMatchObject({
      item: { content: [{ text: 'Two' }] },
    });
    hangUp.abort();
  });

  it('is a flower shop, too', async () => {
    const response = await fetch(farEnd.baseUrl.replace(/v1$/, 'chatkit/agent_flowers'), {
      method: 'POST',
      headers: { authorization: `Bearer ${farEnd.apiKey}` },
      body: JSON.stringify(create('Where are you, what is the address?')),
    });
    expect(await response.text()).toContain('12 Market Street');
  });
});
