// A route of the AI SDK, as `useChat` calls one. The request names the conversation both ways that routes read it: all
// messages, and the newest for a route that keeps the rest. Results of the phone's tools and denied approvals go back within
// the agent's own message, in another request.
import { parsedJson } from '../../call/json.ts';
import { discard } from '../agent-post.ts';
import { eventData, textOf } from '../event-stream.ts';
import { failed } from '../failures.ts';
import { statelessKind } from '../stateless-kind.ts';
import type { Message } from '../stateless-conversation.ts';
import type { Asked, StatelessDialect, StatelessEvent } from '../stateless-dialect.ts';
import { ChunkReader } from './chunk-reader.ts';

const dialect: StatelessDialect = {
  kind: 'aisdk',
  // A route that checks its body may refuse the field that it does not read.
  optionalField: 'message',
  bodyOf({ thread, messages }) {
    const shown = asUiMessages(messages);
    return { id: thread, messages: shown, message: shown.at(-1), trigger: 'submit-message' };
  },
  read,
};

export const aiSdk = statelessKind(dialect, 'The AI SDK route');

async function* read(
  _: Asked,
  answer: Response,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<StatelessEvent, void> {
  const type = answer.headers.get('content-type') ?? '';
  if (/^text\/event-stream\b/i.test(type)) {
    const reader = new ChunkReader();
    for await (const data of eventData(body)) {
      yield* reader.take(data);
      if (reader.isOver) return;
    }
    yield* reader.end();
  } else if (/^text\/plain\b/i.test(type)) {
    // The text stream protocol: nothing but words, and no end but the body's.
    for await (const delta of textOf(body)) yield { type: 'text', message: '', part: '', delta };
    yield { type: 'done', calls: [] };
  } else {
    await discard(answer);
    yield failed('malformed', 'no UI message stream');
  }
}

interface UiMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly parts: object[];
}

/** All that the agent said and did between two messages of the caller is one message, in steps. */
function asUiMessages(messages: readonly Message[]): UiMessage[] {
  const shown: UiMessage[] = [];
  for (const message of messages) {
    if (message.role === 'user') {
      shown.push({ id: message.id, role: 'user', parts: [{ type: 'text', text: message.text }] });
    } else if (message.role === 'assistant') {
      const last = shown.at(-1);
      const { id, text, calls } = message;
      const parts = [
        { type: 'step-start' },
        ...(text === '' ? [] : [{ type: 'text', text, state: 'done' }]),
        ...calls.map((call) => toolPart(call, messages)),
      ];
      if (last?.role === 'assistant') last.parts.push(...parts);
      else shown.push({ id, role: 'assistant', parts });
    }
  }
  return shown;
}

function toolPart(
  { id, name, args, denies }: Extract<Message, { role: 'assistant' }>['calls'][number],
  messages: readonly Message[],
): object {
  const call = { type: `tool-${name}`, toolCallId: id, input: parsedJson(args) };
  if (denies !== null)
    return { ...call, state: 'approval-responded', approval: { id: denies, approved: false } };
  const answer = messages.find((message) => message.role === 'tool' && message.callId === id);
  return { ...call, state: 'output-available', output: answer?.role === 'tool' ? answer.output : '' };
}
