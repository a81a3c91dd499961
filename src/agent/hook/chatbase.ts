// A Chatbase agent (API v2). Its stream resembles the AI SDK's and comes as events or as bare lines of JSON, so both are read.
import { fieldsOf, parsedJson, textOf } from '../../call/json.ts';
import { linesOf } from '../event-stream.ts';
import { failed, failedWithCode } from '../failures.ts';
import { documentsIn, type Hook, type HookEvent, isStream, wordsIn } from './hook-wire.ts';

export function chatbase(url: string): Hook {
  return {
    url,
    bodyOf: ({ text, session, conversation }) => ({
      message: text,
      stream: true,
      userId: session,
      ...(conversation !== null && { conversationId: conversation }),
    }),
    read,
    hasForgotten: ({ detail }) => detail.startsWith('404'),
    lookUp: async () => ({ is: 'unknown', why: 'cannot be asked for: a message would be charged' }),
  };
}

async function* read(answer: Response, body: AsyncIterable<Uint8Array>): AsyncGenerator<HookEvent, void> {
  if (!isStream(answer)) return yield* readWhole(body);
  for await (const line of linesOf(body)) {
    const data = line.replace(/^data:\s?/, '').trim();
    if (data === '[DONE]') return yield { type: 'done' };
    const { type, delta, conversationId, errorText } = fieldsOf(parsedJson(data));
    switch (type) {
      case 'text-delta':
        yield { type: 'text', delta: textOf(delta) };
        break;
      case 'message-metadata':
        if (textOf(conversationId) !== '') yield { type: 'conversation', id: textOf(conversationId) };
        break;
      case 'error': {
        const code = textOf(errorText);
        return yield /^\w{1,40}$/.test(code)
          ? failedWithCode(code)
          : failed('unavailable', 'an error of its own');
      }
      case 'finish':
        return yield { type: 'done' };
      default:
        // Empty lines, comments and names of events, too.
        break;
    }
  }
}

async function* readWhole(body: AsyncIterable<Uint8Array>): AsyncGenerator<HookEvent, void> {
  for await (const piece of documentsIn(body)) {
    const json = 'json' in piece ? (fieldsOf(piece.json)['data'] ?? piece.json) : null;
    const words = wordsIn(json);
    if (words === null) return yield failed('malformed', 'no text');
    const id = textOf(fieldsOf(json)['conversationId']);
    if (id !== '') yield { type: 'conversation', id };
    yield { type: 'text', delta: words };
    yield { type: 'done' };
  }
}
