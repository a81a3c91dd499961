import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agUi } from '../../../src/agent/agui/agui.ts';
import type { AgentOptions } from '../../../src/agent/agent-kind.ts';
import type { Agent } from '../../../src/call/ports.ts';
import { agentContract } from '../agent-contract.ts';
import { FarEnd, GREETED, message, optionsFor, patience, type Reach, read, textOf } from '../far-end.ts';
import { wireFaults } from '../wire-faults.ts';

const server = (reach: Reach, given: Partial<AgentOptions> = {}): Agent =>
  agUi.open(`agui:${reach.baseUrl.replace(/v1$/, 'agui/agent_scripted')}`, optionsFor(reach, given));

agentContract('an AG-UI server', (reach) => server(reach), { isKeptByVendor: false, countsTokens: true });
wireFaults('an AG-UI server', (reach) => server(reach));

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const bodies = () => farEnd.requests.map(({ body }): Record<string, unknown> => Object(body));

/** What a caller hears in answer to these messages, one by one. */
async function said(agent: Agent, ...texts: string[]): Promise<string[]> {
  const conversation = agent.open(GREETED);
  const replies: string[] = [];
  for (const text of texts) replies.push(textOf(await read(conversation.reply(message(text), patience()))));
  await conversation.close();
  return replies;
}

describe('a run', () => {
  it("holds the whole conversation with stable IDs, the phone's tools, and the call as context", async () => {
    await said(server(farEnd), 'Hi.', 'Again.');
    const [first, second] = bodies();
    const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(first).toEqual({
      threadId: id,
      runId: expect.any(String),
      protocolVersion: '1.0',
      state: {},
      messages: [
        { id, role: 'user', content: GREETED.note },
        { id, role: 'assistant', content: GREETED.greeting },
        { id: expect.any(String), role: 'user', content: 'Hi.' },
      ],
      tools: GREETED.tools.offered.map(({ name, description, parameters }) => ({
        name,
        description,
        parameters,
      })),
      context: [{ description: 'The phone call', value: GREETED.note }],
      forwardedProps: {},
    });
    expect(second?.['threadId']).toBe(first?.['threadId']);
    expect(second?.['runId']).not.toBe(first?.['runId']);
    expect(second?.['messages']).toEqual([
      ...Object(first?.['messages']),
      { id: expect.stringMatching(/^msg-/), role: 'assistant', content: 'Yes.' },
      { id: expect.any(String), role: 'user', content: 'Again.' },
    ]);
  });

  it('[B4] holds what the caller heard as the assistant message, under its old ID', async () => {
    farEnd.replies = [{ text: 'Red roses are nice.' }, { text: 'Sure.' }, { text: 'Fine.' }];
    const conversation = server(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Stop.', ['[Cut.]'], 'Red'), patience()));
    await read(conversation.reply(message('Wait.', [], ''), patience()));
    expect(bodies()[1]?.['messages']).toMatchObject([
      {},
      {},
      {},
      { id: expect.stringMatching(/^msg-/), role: 'assistant', content: 'Red' },
      { role: 'user', content: '[Cut.]\nStop.' },
    ]);
    expect(JSON.stringify(bodies()[2])).not.toContain('Sure.');
    await conversation.close();
  });

  it('goes to a server from before 1.0 without protocolVersion, once that was refused', async () => {
    farEnd.wire.agui.isOld = true;
    const log: string[] = [];
    expect(await said(server(farEnd, { log: (line) => log.push(line) }), 'Hi.', 'Again.')).toEqual([
      'Yes.',
      'Yes.',
    ]);
    expect(bodies().map((body) => 'protocolVersion' in body)).toEqual([true, false, false]);
    expect(log).toEqual(['agui: the server refuses "protocolVersion", so it is sent none any more.']);
  });

  it.each([
    ['as chunks', { usesChunks: true }],
    ['after an older run', { replaysFirst: true }],
    ["under an ID of the server's own", { renamesRuns: true }],
    ['and fails after its end', { failsAfterEnd: true }],
    ['with a list of no calls', { listsNoCalls: true }],
  ])('[T7] is spoken once if it comes %s', async (_, quirks) => {
    Object.assign(farEnd.wire.agui, quirks);
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [{ text: 'Two words.' }, { saysBeforeCall: 'Well.', calls, text: 'Bye.' }];
    expect(await said(server(farEnd), 'Hi.', 'Bye.')).toEqual(['Two words.', 'Well.<end>\nBye.']);
    expect(farEnd.toolAnswers).toHaveLength(1);
  });

  it('[E1] acts on no call of a run that fails', async () => {
    const far = await rawServer([
      { type: 'RUN_STARTED', threadId: 't', runId: 'RUN' },
      { type: 'TOOL_CALL_START', toolCallId: 'c', toolCallName: 'end_call' },
      { type: 'TOOL_CALL_END', toolCallId: 'c' },
      { type: 'RUN_FINISHED', threadId: 't', runId: 'RUN', outcome: { type: 'cancelled' } },
    ]);
    expect(await said(far, 'Hi.')).toEqual(['<unavailable>']);
  });

  it('[T7] never speaks reasoning, a subagent or another role', async () => {
    const text = (messageId: string, more: object = {}) => [
      { type: 'TEXT_MESSAGE_START', messageId, ...more },
      { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: messageId, ...more },
      { type: 'TEXT_MESSAGE_END', messageId, ...more },
    ];
    const far = await rawServer([
      { type: 'RUN_STARTED', threadId: 't', runId: 'RUN', metadata: { nothing: null } },
      { type: 'THINKING_TEXT_MESSAGE_CONTENT', delta: 'hm' },
      ...text('one'),
      ...text('sub', { subagentRunId: 's' }),
      ...text('developer', { role: 'developer' }),
      ...text('two', { role: 'assistant' }),
      { type: 'RUN_FINISHED', threadId: 't', runId: 'RUN' },
    ]);
    expect(await said(far, 'Hi.')).toEqual(['one\ntwo']);
  });

  it.each([
    [
      'an event before the run',
      [{ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'x' }],
      '<malformed>',
    ],
    ['no event', [{ text: 'x' }], '<malformed>'],
    ['an error first', [{ type: 'RUN_ERROR', message: 'x', code: 'rate_limit_exceeded' }], '<rate-limited>'],
  ])('[T8] fails with %s', async (_, events, reply) => {
    expect(await said(await rawServer(events), 'Hi.')).toEqual([reply]);
  });
});

describe('a run that waits for a person', () => {
  it.each([
    ['a text', undefined, 'Ann.', 'resumed: "Ann."'],
    ['true or false', { type: 'boolean' }, 'Yes, please.', 'resumed: true'],
    [
      'an approval',
      { type: 'object', properties: { approved: { type: 'boolean' }, note: { type: 'string' } } },
      'No.',
      'resumed: {"approved":false}',
    ],
    ['no clear answer', { type: 'boolean' }, 'Maybe.', 'resumed: cancelled'],
    ['a form', { type: 'object', properties: { when: { type: 'string' } } }, 'Friday.', 'resumed: cancelled'],
  ])('asks by voice and takes %s', async (_, responseSchema, words, resumed) => {
    farEnd.wire.agui.interrupt = { message: 'Who are you?', ...(responseSchema && { responseSchema }) };
    farEnd.replies = [{ text: 'One moment.' }, { text: 'Thanks.' }, { text: 'Bye.' }];
    const replies = await said(server(farEnd), 'Hi.', words, 'Bye.');
    expect(replies).toEqual(['One moment.\nWho are you?', 'Thanks.', 'Bye.']);
    expect(farEnd.heard[1]?.text).toBe(resumed);
    expect(farEnd.heard[2]?.text).toBe('Bye.');
  });

  it.each(['aborted', 'refused'])('[T8] is resumed once, even if that is %s', async (how) => {
    farEnd.wire.agui.interrupt = { message: 'Who are you?' };
    farEnd.replies = [
      { text: 'One moment.' },
      { text: 'Thank you', hangs: how === 'aborted' },
      { text: 'Roses.' },
    ];
    const conversation = server(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const stop = new AbortController();
    if (how === 'refused')
      Object.assign(farEnd.faults, { refuseNext: 1, refuseWith: { status: 400, code: 'no' } });
    for await (const _ of conversation.reply(message('Ann.'), stop.signal)) stop.abort();
    if (how === 'refused') farEnd.wire.agui.forgetsInterrupts = true;
    const next = await read(conversation.reply(message('Flowers?'), patience()));
    expect(textOf(next)).toBe(how === 'aborted' ? 'Roses.' : 'Thank you');
    expect(bodies().at(-1)).not.toHaveProperty('resume');
    await conversation.close();
  });

  it('[R3] is resumed by another process', async () => {
    farEnd.wire.agui.interrupt = { message: 'Who are you?' };
    const first = server(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    const second = server(farEnd).open(GREETED, JSON.parse(JSON.stringify(first.memory())));
    await read(second.reply(message('Ann.'), patience()));
    expect(farEnd.known).toMatch(/resumed: "Ann\."$/);
    await first.close();
    await second.close();
  });
});

/** A server that answers every run with these events; `RUN` stands for the ID of the run. */
async function rawServer(events: readonly object[]): Promise<Agent> {
  const answer = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const { runId } = JSON.parse(typeof init?.body === 'string' ? init.body : '{}');
    const frames = events.map(
      (event) => `data: ${JSON.stringify(event).replaceAll('"RUN"', `"${runId}"`)}\n\n`,
    );
    return new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } });
  };
  return agUi.open(
    'agui:https://agent.example',
    optionsFor(farEnd, { requests: { retries: 0, fetch: answer } }),
  );
}
