// The sandbox is only worth what it refuses: these tests hold it to the real API's rules, through the SDK and without.
import { OpenAI } from 'openai';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let threads: OpenAI['beta']['threads'];
let threadId: string;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  threads = new OpenAI({ apiKey: farEnd.apiKey, baseURL: farEnd.baseUrl, maxRetries: 0 }).beta.threads;
  ({ id: threadId } = await threads.create());
});

afterEach(() => farEnd.stop());

const ASSISTANT = { assistant_id: 'asst_scripted' };
const end_call = { type: 'function', function: { name: 'end_call', parameters: {} } } as const;
const said = (content: string) => ({ additional_messages: [{ role: 'user', content } as const] });

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${farEnd.baseUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${farEnd.apiKey}`,
      'content-type': 'application/json',
      'openai-beta': 'assistants=v2',
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

/** The events of a stream, shortened, to its end. */
const namesOf = async (stream: AsyncIterable<AssistantStreamEvent>): Promise<string[]> =>
  (await Array.fromAsync(stream)).map(({ event }) => event.replace('thread.', ''));

const MESSAGE = [
  'run.step.created',
  'run.step.in_progress',
  'message.created',
  'message.in_progress',
  'message.delta',
  'message.delta',
  'message.completed',
  'run.step.completed',
];

describe('the Assistants API of the sandbox refuses', () => {
  it.each([
    ['no beta header', { 'openai-beta': '' }, {}, 400, 'invalid_beta'],
    ['the header of another version', { 'openai-beta': 'assistants=v1' }, {}, 400, 'invalid_beta'],
    ['a wrong key', { authorization: 'Bearer sk-wrong' }, {}, 401, 'invalid_api_key'],
    ['an unknown field', {}, { voice: 'marin' }, 400, 'unknown_parameter'],
    ['no assistant', {}, { assistant_id: undefined }, 400, 'missing_required_parameter'],
    ['an assistant that is not there', {}, { assistant_id: 'asst_nobody' }, 404, null],
    [
      'a system message',
      {},
      { additional_messages: [{ role: 'system', content: 'x' }] },
      400,
      'invalid_value',
    ],
    ['an empty message', {}, { additional_messages: [{ role: 'user', content: '' }] }, 400, null],
    [
      'a message with an unknown field',
      {},
      { additional_messages: [{ role: 'user', content: 'x', name: 'Ann' }] },
      400,
      'unknown_parameter',
    ],
    ['messages that are no list', {}, { additional_messages: 'Hi.' }, 400, 'invalid_type'],
    ['instructions that are no text', {}, { additional_instructions: ['x'] }, 400, 'invalid_type'],
    ['too long instructions', {}, { instructions: 'x'.repeat(256_001) }, 400, 'string_above_max_length'],
    ['metadata that is no text', {}, { metadata: { n: 1 } }, 400, 'invalid_value'],
    ['a tool of no known type', {}, { tools: [{ type: 'web_search' }] }, 400, 'invalid_value'],
    ['a function without a name', {}, { tools: [{ type: 'function', function: {} }] }, 400, 'invalid_value'],
    ['two tools of one name', {}, { tools: [end_call, end_call] }, 400, 'invalid_value'],
    [
      'too many tools',
      {},
      { tools: Array(129).fill({ type: 'file_search' }) },
      400,
      'array_above_max_length',
    ],
  ])('%s', async (_, headers, body, status, code) => {
    const sent = { ...ASSISTANT, ...said('Hi.'), ...body };
    const response = await post(`/threads/${threadId}/runs`, sent, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    expect(farEnd.heard).toEqual([]);
    expect((await threads.messages.list(threadId)).data).toEqual([]);
  });

  it('what is not there', async () => {
    const nowhere = { thread_id: 'thread_9' };
    await expect(threads.retrieve('thread_9')).rejects.toMatchObject({ status: 404 });
    await expect(threads.runs.create('thread_9', ASSISTANT)).rejects.toMatchObject({ status: 404 });
    await expect(threads.runs.retrieve('run_9', nowhere)).rejects.toMatchObject({ status: 404 });
    await expect(threads.runs.retrieve('run_9', { thread_id: threadId })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('a thread with an unknown field, and one with an empty message', async () => {
    const statuses = await Promise.all(
      [{ instructions: 'x' }, { messages: [{ role: 'user', content: '' }] }].map((body) =>
        post('/threads', body),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual([400, 400]);
  });

  it('messages and runs while a run is active, until it is over', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }, { text: 'Yes.' }];
    farEnd.faults.cancelTakesMs = 400;
    const { id } = await threads.runs.create(threadId, { ...ASSISTANT, ...said('A.') });
    const isBusy = async (): Promise<void> => {
      await expect(threads.runs.create(threadId, { ...ASSISTANT, ...said('B.') })).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining('active run'),
      });
      await expect(threads.messages.create(threadId, { role: 'user', content: 'C.' })).rejects.toMatchObject({
        status: 400,
      });
    };
    await isBusy();
    expect(await threads.runs.cancel(id, { thread_id: threadId })).toMatchObject({ status: 'cancelling' });
    await isBusy();
    const again = threads.runs.cancel(id, { thread_id: threadId });
    await expect(again).rejects.toMatchObject({ status: 400 });
    await threads.runs.poll(id, { thread_id: threadId }, { pollIntervalMs: 10 });
    await threads.messages.create(threadId, { role: 'user', content: 'D.' });
    await namesOf(await threads.runs.create(threadId, { ...ASSISTANT, stream: true }));
    expect(farEnd.known).toBe('user: A.\nassistant: On\nuser: D.');
  });

  it('to cancel a run that is over', async () => {
    const { id } = await threads.runs.createAndPoll(
      threadId,
      { ...ASSISTANT, ...said('Hi.') },
      { pollIntervalMs: 10 },
    );
    await expect(threads.runs.cancel(id, { thread_id: threadId })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("status 'completed'"),
    });
  });

  it('outputs that nobody waits for, and those that do not answer all calls', async () => {
    farEnd.replies = [{ text: 'Bye.', calls: { name: 'end_call', arguments: {} } }, { text: 'Yes.' }];
    const calling = { ...ASSISTANT, ...said('Bye.'), tools: [end_call] };
    const run = await threads.runs.createAndPoll(threadId, calling, { pollIntervalMs: 10 });
    expect(run.status).toBe('requires_action');
    for (const tool_outputs of [[], [{ tool_call_id: 'call_9', output: 'x' }]])
      await expect(
        threads.runs.submitToolOutputs(run.id, { thread_id: threadId, tool_outputs }),
      ).rejects.toMatchObject({ status: 400 });
    expect(farEnd.toolAnswers).toEqual([]);
    await threads.runs.cancel(run.id, { thread_id: threadId });
    await threads.runs.poll(run.id, { thread_id: threadId }, { pollIntervalMs: 10 });
    const late = threads.runs.submitToolOutputs(run.id, { thread_id: threadId, tool_outputs: [] });
    await expect(late).rejects.toMatchObject({ status: 400 });
  });

  it('to call a tool that the run does not have', async () => {
    farEnd.replies = [{ text: 'Bye.', calls: { name: 'end_call', arguments: {} } }];
    farEnd.assistantTools['asst_scripted'] = [end_call];
    const run = { ...ASSISTANT, ...said('Bye.'), stream: true } as const;
    const names = await namesOf(
      await threads.runs.create(threadId, { ...run, tools: [{ type: 'file_search' }] }),
    );
    expect(names.at(-1)).toBe('run.failed');
    const own = await namesOf(await threads.runs.create(threadId, run));
    expect(own.at(-1)).toBe('run.requires_action');
  });
});

describe('the Assistants API of the sandbox', () => {
  it('tells a run in order', async () => {
    farEnd.replies = [{ text: 'Two words.' }];
    const stream = await threads.runs.create(threadId, { ...ASSISTANT, ...said('Hi.'), stream: true });
    expect(await namesOf(stream)).toEqual([
      'run.created',
      'run.queued',
      'run.in_progress',
      ...MESSAGE,
      'run.completed',
    ]);
  });

  it('ends a stream with [DONE]', async () => {
    const response = await post(`/threads/${threadId}/runs`, { ...ASSISTANT, ...said('Hi.'), stream: true });
    expect(await response.text()).toMatch(/\nevent: done\ndata: \[DONE\]\n\n$/);
  });

  it('waits for the outputs of a tool, and goes on in a stream of their own', async () => {
    farEnd.replies = [{ text: 'Good bye.', calls: { name: 'end_call', arguments: { a: 1 } } }];
    const run = { ...ASSISTANT, ...said('Bye.'), stream: true } as const;
    const calling = { ...run, tools: [end_call] };
    const events = await Array.fromAsync(await threads.runs.create(threadId, calling));
    const last = events.at(-1);
    if (last?.event !== 'thread.run.requires_action') throw new Error(`ended with ${String(last?.event)}`);
    const [call] = last.data.required_action?.submit_tool_outputs.tool_calls ?? [];
    expect(call?.function).toEqual({ name: 'end_call', arguments: '{"a":1}' });
    const stream = await threads.runs.submitToolOutputs(last.data.id, {
      thread_id: threadId,
      tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'done' }],
      stream: true,
    });
    expect(await namesOf(stream)).toEqual([
      'run.step.completed',
      'run.queued',
      'run.in_progress',
      ...MESSAGE,
      'run.completed',
    ]);
    expect(farEnd.toolAnswers).toEqual([{ name: 'end_call', output: 'done' }]);
  });

  it('lets out what was under way when a run is cancelled', async () => {
    farEnd.replies = [{ text: 'One two three', perTokenMs: 60_000 }];
    const stream = await threads.runs.create(threadId, { ...ASSISTANT, ...said('Hi.'), stream: true });
    const names: string[] = [];
    for await (const { event, data } of stream) {
      names.push(event.replace('thread.', ''));
      if (event === 'thread.message.created' && data.run_id !== null)
        await threads.runs.cancel(data.run_id, { thread_id: threadId });
    }
    expect(names.slice(names.indexOf('run.cancelling'))).toEqual([
      'run.cancelling',
      'message.delta',
      'message.incomplete',
      'run.step.cancelled',
      'run.cancelled',
    ]);
    const { data } = await threads.messages.list(threadId, { order: 'asc' });
    expect(data.map(({ status, content }) => [status, content])).toMatchObject([
      ['completed', [{ text: { value: 'Hi.' } }]],
      ['incomplete', [{ text: { value: 'One' } }]],
    ]);
  });

  it('tells the agent the instructions of a run before all messages, and of that run only', async () => {
    const run = { ...ASSISTANT, stream: true } as const;
    await namesOf(
      await threads.runs.create(threadId, { ...run, ...said('A.'), additional_instructions: '[One.]' }),
    );
    expect(farEnd.known).toBe('developer: [One.]\nuser: A.');
    await namesOf(
      await threads.runs.create(threadId, { ...run, ...said('B.'), additional_instructions: '[Two.]' }),
    );
    expect(farEnd.known).toBe('developer: [Two.]\nuser: A.\nassistant: Yes.\nuser: B.');
  });

  it('goes on with a run that nobody reads any more', async () => {
    farEnd.replies = [{ text: 'One two three', dropsStreamAfterTokens: 1, perTokenMs: 2 }];
    const stream = await threads.runs.create(threadId, { ...ASSISTANT, ...said('Hi.'), stream: true });
    await expect(namesOf(stream)).rejects.toThrow();
    const [run] = (await threads.runs.list(threadId)).data;
    const { status } = await threads.runs.poll(
      run?.id ?? '',
      { thread_id: threadId },
      { pollIntervalMs: 10 },
    );
    expect(status).toBe('completed');
    const { data } = await threads.messages.list(threadId, { run_id: run?.id ?? '' });
    expect(data).toMatchObject([{ content: [{ text: { value: 'One two three' } }] }]);
  });

  it.each([
    ['server_error', 'run.failed', 'failed'],
    ['cyber_policy', 'run.failed', 'failed'],
    ['max_output_tokens', 'run.incomplete', 'incomplete'],
    ['request_timeout', 'run.expired', 'expired'],
  ] as const)('ends with %s as %s', async (failWith, name, status) => {
    farEnd.replies = [{ text: 'Well', failWith }];
    const stream = await threads.runs.create(threadId, { ...ASSISTANT, ...said('Hi.'), stream: true });
    expect((await namesOf(stream)).at(-1)).toBe(name);
    expect((await threads.runs.list(threadId)).data).toMatchObject([{ status }]);
  });

  it('ends with an error that no run has a code for', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_overloaded' }];
    const stream = await threads.runs.create(threadId, { ...ASSISTANT, ...said('Hi.'), stream: true });
    await expect(namesOf(stream)).rejects.toMatchObject({ code: 'server_overloaded' });
    expect((await threads.runs.list(threadId)).data).toMatchObject([{ status: 'failed' }]);
  });

  it('has a flower shop', async () => {
    const stream = await threads.runs.create(threadId, {
      assistant_id: 'asst_flowers',
      ...said('When are you open?'),
      stream: true,
    });
    const events = await Array.fromAsync(stream);
    const told = events.find(({ event }) => event === 'thread.message.completed');
    expect(JSON.stringify(told)).toContain('9 to 6');
  });
});
