// The sandbox's route of the AI SDK, driven by the SDK's own transport and read by its own assembler of messages.
import {
  type ChatTransport,
  DefaultChatTransport,
  readUIMessageStream,
  TextStreamChatTransport,
  type UIMessage,
} from 'ai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../agent/far-end.ts';

let farEnd: FarEnd;
let options: { api: string; headers: Record<string, string> };

beforeEach(async () => {
  farEnd = await FarEnd.start();
  const api = farEnd.baseUrl.replace(/v1$/, 'aisdk/agent_scripted');
  options = { api, headers: { authorization: `Bearer ${farEnd.apiKey}` } };
});

afterEach(() => farEnd.stop());

const HI: UIMessage = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Hi.' }] };

async function answerTo(
  messages: UIMessage[],
  transport: ChatTransport<UIMessage> = new DefaultChatTransport(options),
): Promise<UIMessage> {
  const stream = await transport.sendMessages({
    chatId: 'c1',
    messages,
    trigger: 'submit-message',
    messageId: undefined,
    abortSignal: undefined,
  });
  const last = messages.at(-1);
  const states = readUIMessageStream({
    stream,
    terminateOnError: true,
    ...(last?.role === 'assistant' && { message: last }),
  });
  const found = (await Array.fromAsync(states)).at(-1);
  if (found === undefined) throw new Error('There was no message.');
  return found;
}

const textIn = ({ parts }: UIMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

describe("the AI SDK's own transport", () => {
  it('reads an answer, byte by byte, without the step that was reset', async () => {
    farEnd.wire.fault = 'split-bytes';
    farEnd.wire.aisdk.resetsStep = true;
    farEnd.replies = [{ text: 'Grüß Gott 🌹', commentary: 'Hm.' }];
    const answer = await answerTo([HI]);
    expect(textIn(answer)).toMatch(/Grüß Gott 🌹$/);
    expect(textIn(answer)).not.toContain('Wrong');
    expect(answer.metadata).toMatchObject({ totalUsage: { inputTokens: 42 } });
  });

  it('gives the result of a client tool within the message that called it', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
    const calling = await answerTo([HI]);
    const parts = calling.parts.map((part): UIMessage['parts'][number] =>
      part.type === 'tool-end_call' && 'toolCallId' in part
        ? {
            type: part.type,
            toolCallId: part.toolCallId,
            state: 'output-available',
            input: {},
            output: 'Done.',
          }
        : part,
    );
    const answer = await answerTo([HI, { ...calling, parts }]);
    expect(textIn(answer)).toMatch(/Goodbye\.$/);
    expect(farEnd.toolAnswers).toEqual([{ name: 'end_call', output: 'Done.' }]);
  });

  it('reads the text stream protocol', async () => {
    farEnd.wire.aisdk.isText = true;
    expect(textIn(await answerTo([HI], new TextStreamChatTransport(options)))).toBe('Yes.');
  });

  it('fails with an error chunk', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_error' }];
    await expect(answerTo([HI])).rejects.toThrow('server_error');
  });
});

describe('the AI SDK route of the sandbox refuses', () => {
  const asked = { id: 'c1', messages: [HI], trigger: 'submit-message' };
  const call = { type: 'tool-end_call', toolCallId: 't', state: 'input-available', input: {} };

  it.each([
    ['no messages', { messages: undefined }],
    ['no message at all', { messages: [] }],
    ['no ID', { id: undefined }],
    ['a message without parts', { messages: [{ ...HI, parts: [] }] }],
    ['a part without a type', { messages: [{ ...HI, parts: [{ text: 'Hi.' }] }] }],
    ['a text part without text', { messages: [{ ...HI, parts: [{ type: 'text' }] }] }],
    ['an unknown role', { messages: [{ ...HI, role: 'robot' }] }],
    ['a call without a result', { messages: [{ id: 'a1', role: 'assistant', parts: [call] }] }],
  ])('%s', async (_, change) => {
    const headers = { ...options.headers, 'content-type': 'application/json' };
    const body = JSON.stringify({ ...asked, ...change });
    const { status } = await fetch(options.api, { method: 'POST', headers, body });
    expect(status).toBe(400);
  });
});
