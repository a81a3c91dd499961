// The sandbox's AG-UI server, driven by the protocol's own client, which checks every event and their order.
import { type BaseEvent, HttpAgent, type RunAgentInput } from '@ag-ui/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let url: string;

beforeEach(async () => {
  farEnd = await FarEnd.start();
  url = farEnd.baseUrl.replace(/v1$/, 'agui/agent_scripted');
});

afterEach(() => farEnd.stop());

const TOOL = { name: 'end_call', description: 'Hang up', parameters: { type: 'object', properties: {} } };
const client = (): HttpAgent =>
  new HttpAgent({
    url,
    threadId: 'call-1',
    headers: { authorization: `Bearer ${farEnd.apiKey}` },
    initialMessages: [{ id: 'u1', role: 'user', content: 'Hi.' }],
  });

async function eventsOf(agent: HttpAgent): Promise<string[]> {
  const types: string[] = [];
  const onEvent = ({ event }: { event: BaseEvent }): void => void types.push(event.type);
  await agent.runAgent({ tools: [TOOL] }, { onEvent });
  return types;
}

describe('the official AG-UI client', () => {
  it.each([
    ['as it is', {}],
    ['with chunks', { usesChunks: true }],
    ['after an older run', { replaysFirst: true }],
  ])('reads a run %s', async (_, quirks) => {
    Object.assign(farEnd.wire.agui, quirks);
    farEnd.replies = [{ text: 'A dozen roses? 🌹', commentary: 'Roses.' }];
    const agent = client();
    expect(await eventsOf(agent)).toContain('RUN_FINISHED');
    expect(agent.messages.filter(({ role }) => role === 'assistant').at(-1)).toMatchObject({
      content: 'A dozen roses? 🌹',
    });
  });

  it('reads a whole message in a snapshot only, and bytes one by one', async () => {
    farEnd.wire.fault = 'split-bytes';
    farEnd.replies = [{ text: 'Grüß Gott.', isWithoutParts: true }];
    const agent = client();
    await eventsOf(agent);
    expect(agent.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'Grüß Gott.' });
  });

  it.each([{}, { usesChunks: true }])('answers a call of the phone in another run: %j', async (quirks) => {
    Object.assign(farEnd.wire.agui, quirks);
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: { reason: 'done' } } }];
    const agent = client();
    await eventsOf(agent);
    const calls = agent.messages.flatMap((message) =>
      message.role === 'assistant' ? (message.toolCalls ?? []) : [],
    );
    const call = calls.find(({ function: called }) => called.name === 'end_call');
    expect(call?.function.arguments).toBe('{"reason":"done"}');
    agent.addMessage({ id: 't1', role: 'tool', toolCallId: call?.id ?? '', content: 'Done.' });
    await eventsOf(agent);
    expect(farEnd.toolAnswers).toEqual([{ name: 'end_call', output: 'Done.' }]);
    expect(agent.messages.at(-1)).toMatchObject({ content: 'Goodbye.' });
  });

  it('resumes a run that waits for a person', async () => {
    farEnd.wire.agui.interrupt = { message: 'Shall I?', responseSchema: { type: 'boolean' } };
    const agent = client();
    await eventsOf(agent);
    const [open] = agent.pendingInterrupts;
    expect(open).toMatchObject({ message: 'Shall I?' });
    await agent.runAgent({ resume: [{ interruptId: open?.id ?? '', status: 'resolved', payload: true }] });
    expect(farEnd.known).toMatch(/resumed: true$/);
  });

  it('reads a run that fails', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_error' }];
    expect((await eventsOf(client())).at(-1)).toBe('RUN_ERROR');
  });
});

describe('the AG-UI server of the sandbox refuses', () => {
  const run: RunAgentInput = {
    threadId: 't',
    runId: 'r',
    protocolVersion: '1.0',
    state: {},
    messages: [{ id: 'u1', role: 'user', content: 'Hi.' }],
    tools: [],
    context: [],
    forwardedProps: {},
  };
  const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
  const statusOf = async (body: object): Promise<number> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${farEnd.apiKey}` };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await answer.text();
    return answer.status;
  };

  it.each([
    ['no thread', { threadId: undefined }, 422],
    ['an unknown field', { metadata: {} }, 422],
    ['null', { resume: null }, 400],
    ['a blank message', { messages: [{ id: 'u1', role: 'user', content: ' ' }] }, 400],
    ['a message without an ID', { messages: [{ role: 'user', content: 'Hi.' }] }, 400],
    ['two messages of one ID', { messages: [...run.messages, ...run.messages] }, 400],
    [
      'an answer to no call',
      { messages: [...run.messages, { id: 't1', role: 'tool', toolCallId: 'c9', content: '' }] },
      400,
    ],
    [
      'words after an unanswered call',
      { messages: [{ id: 'a1', role: 'assistant', toolCalls: [call] }, ...run.messages] },
      400,
    ],
    ['an answer to no interrupt', { resume: [{ interruptId: 'i', status: 'cancelled' }] }, 400],
  ])('%s', async (_, change, status) => {
    expect(await statusOf({ ...run, ...change })).toBe(status);
  });

  it('a run that it has had', async () => {
    expect(await statusOf(run)).toBe(200);
    expect(await statusOf(run)).toBe(400);
  });

  it('on an old server, any field of 1.0', async () => {
    farEnd.wire.agui.isOld = true;
    expect(await statusOf(run)).toBe(422);
    const { protocolVersion: _, ...old } = run;
    expect(await statusOf(old)).toBe(200);
  });
});
