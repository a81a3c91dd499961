import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aiSdk } from '../../../src/agent/aisdk/aisdk.ts';
import type { AgentOptions } from '../../../src/agent/agent-kind.ts';
import type { Agent } from '../../../src/call/ports.ts';
import { agentContract } from '../agent-contract.ts';
import { FarEnd, GREETED, message, optionsFor, patience, type Reach, read, textOf } from '../far-end.ts';
import { wireFaults } from '../wire-faults.ts';

const route = (reach: Reach, given: Partial<AgentOptions> = {}): Agent =>
  aiSdk.open(`aisdk:${reach.baseUrl.replace(/v1$/, 'aisdk/agent_scripted')}`, optionsFor(reach, given));

agentContract('a route of the AI SDK', (reach) => route(reach), {
  isKeptByVendor: false,
  countsTokens: true,
});
wireFaults('a route of the AI SDK', (reach) => route(reach));

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const bodies = () => farEnd.requests.map(({ body }): Record<string, unknown> => Object(body));
const text = (words: string) => ({ type: 'text', text: words });

/** What a caller hears in answer to these messages, one by one. */
async function said(agent: Agent, ...texts: string[]): Promise<string[]> {
  const conversation = agent.open(GREETED);
  const replies: string[] = [];
  for (const words of texts) replies.push(textOf(await read(conversation.reply(message(words), patience()))));
  await conversation.close();
  return replies;
}

describe('a request to a route of the AI SDK', () => {
  it('holds all messages as heard, and the newest by itself', async () => {
    farEnd.replies = [{ text: 'Red roses are nice.' }, { text: 'Sure.' }];
    const conversation = route(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Stop.', ['[Cut.]'], 'Red'), patience()));
    await conversation.close();
    const id = expect.any(String);
    const last = { id, role: 'user', parts: [text('[Cut.]\nStop.')] };
    expect(bodies()[1]).toEqual({
      id,
      trigger: 'submit-message',
      messages: [
        { id, role: 'user', parts: [text(GREETED.note)] },
        {
          id,
          role: 'assistant',
          parts: [{ type: 'step-start' }, { ...text(String(GREETED.greeting)), state: 'done' }],
        },
        { id, role: 'user', parts: [text('Hi.')] },
        { id: 'id1', role: 'assistant', parts: [{ type: 'step-start' }, { ...text('Red'), state: 'done' }] },
        last,
      ],
      message: last,
    });
  });

  it("[E1] brings a tool's result within the agent's own message, once per call", async () => {
    farEnd.replies = [
      { saysBeforeCall: 'Well.', text: 'Bye.', calls: { name: 'end_call', arguments: { a: 1 } } },
    ];
    expect(await said(route(farEnd), 'Bye.')).toEqual(['Well.<end>\nBye.']);
    expect(bodies()[1]?.['message']).toEqual({
      id: expect.any(String),
      role: 'assistant',
      parts: [
        { type: 'step-start' },
        { ...text('Well.'), state: 'done' },
        {
          type: 'tool-end_call',
          toolCallId: expect.any(String),
          state: 'output-available',
          input: { a: 1 },
          output: GREETED.tools.call('end_call', {})?.output,
        },
      ],
    });
  });

  it('denies an approval, so that the agent can say so', async () => {
    const asksApproval = { message: 'Order roses?', whenDenied: 'I may not do that here.' };
    farEnd.replies = [{ text: 'Let me see.', asksApproval }];
    const log: string[] = [];
    const agent = route(farEnd, { log: (line) => log.push(line) });
    expect(await said(agent, 'Roses, please.')).toEqual(['Let me see.\nI may not do that here.']);
    expect(log).toEqual(['aisdk: denied approval of order: nobody can be asked']);
    expect(farEnd.toolAnswers).toEqual([]);
  });

  it('leaves out "message" for a route that refuses it', async () => {
    farEnd.wire.aisdk.isStrict = true;
    expect(await said(route(farEnd), 'Hi.', 'Again.')).toEqual(['Yes.', 'Yes.']);
    expect(bodies().map((body) => 'message' in body)).toEqual([true, false, false]);
  });
});

describe('what a route of the AI SDK streams', () => {
  it('[T7] is withdrawn with its step', async () => {
    farEnd.wire.aisdk.resetsStep = true;
    farEnd.replies = [{ text: 'Right.' }];
    expect(await said(route(farEnd), 'Hi.')).toEqual(['Wrong.<withdrawn>Right.']);
  });

  it('may be plain text, which ends with the body', async () => {
    farEnd.wire.aisdk.isText = true;
    farEnd.replies = [{ text: 'Just words.' }];
    expect(await said(route(farEnd), 'Hi.', 'Go on.')).toEqual(['Just words.', 'Just words.']);
    expect(farEnd.known).toContain('assistant: Just words.');
  });

  it('[T8] fails with an error whose text is masked', async () => {
    farEnd.wire.aisdk.masksErrors = true;
    farEnd.replies = [{ text: 'Well', failWith: 'cyber_policy' }];
    expect(await said(route(farEnd), 'Hi.')).toEqual(['Well<unavailable>']);
  });

  const answering = (type: string, ...frames: object[]): Agent => {
    const body = `${frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')}data: [DONE]\n\n`;
    const answer = async () => new Response(body, { headers: { 'content-type': type } });
    return route(farEnd, { requests: { retries: 0, fetch: answer } });
  };
  const EVENTS = 'text/event-stream';
  const delta = (words: string) => ({ type: 'text-delta', id: '0', delta: words });

  it.each([
    [
      'an error that does not end it',
      EVENTS,
      [{ type: 'error', errorText: 'Ann said no' }, delta('Well.'), { type: 'finish' }],
      'Well.<unavailable>',
    ],
    ['an abort', EVENTS, [delta('Well'), { type: 'abort' }], 'Well<unavailable>'],
    [
      'a finish by an error',
      EVENTS,
      [delta('Well'), { type: 'finish', finishReason: 'error' }],
      'Well<unavailable>',
    ],
    ['a filter and no words', EVENTS, [{ type: 'finish', finishReason: 'content-filter' }], '<refused>'],
    ['no chunk', EVENTS, [{ words: 'Hi.' }], '<malformed>'],
    ['a delta that is no text', EVENTS, [{ type: 'text-delta', id: '0', delta: 7 }], '<malformed>'],
    ['[DONE] before its end', EVENTS, [delta('Well')], 'Well<unavailable>'],
    ['another type', 'text/html', [delta('Well'), { type: 'finish' }], '<malformed>'],
  ])('[T8] fails with %s', async (_, type, frames, reply) => {
    expect(await said(answering(type, ...frames), 'Hi.')).toEqual([reply]);
  });

  it('[E1] acts on no call that the route or its provider answered', async () => {
    const call = { type: 'tool-input-available', toolName: 'end_call', input: {} };
    const agent = answering(
      EVENTS,
      { ...call, toolCallId: 'a' },
      { type: 'tool-output-available', toolCallId: 'a', output: 1 },
      { ...call, toolCallId: 'b', providerExecuted: true },
      delta('Well.'),
      { type: 'finish', finishReason: 'stop' },
    );
    expect(await said(agent, 'Hi.')).toEqual(['Well.']);
  });
});
