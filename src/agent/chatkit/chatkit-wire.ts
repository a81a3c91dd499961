// What a ChatKit server streams, cut down to the few things a call acts on. The only file here that reads its JSON.
// There are no types to lean on: the protocol has no package, and servers leave out what is null.
import { type Fields, fieldsOf, listOf, parsedJson, textOf } from '../../call/json.ts';

export type ChatKitEvent =
  | { readonly type: 'thread'; readonly threadId: string }
  /** A message of the agent: as it begins, as it is in the end, and as it is to be after all. Its parts as texts. */
  | {
      readonly type: 'message-began' | 'message-done' | 'message-replaced';
      readonly itemId: string;
      readonly texts: readonly string[];
    }
  /** The next piece of a part, and the whole of it. */
  | {
      readonly type: 'delta' | 'part';
      readonly itemId: string;
      readonly index: number;
      readonly text: string;
    }
  | { readonly type: 'removed'; readonly itemId: string }
  /** What the caller said, as the server keeps it. */
  | { readonly type: 'heard'; readonly itemId: string }
  | { readonly type: 'tool-call'; readonly name: string; readonly args: unknown }
  /** Like a call of a tool, but nobody waits for an answer. */
  | { readonly type: 'effect'; readonly name: string; readonly args: unknown }
  | { readonly type: 'questions'; readonly itemId: string; readonly questions: readonly Question[] }
  /** `code` is null where it does not look like one: the set is open, and what else is in there may be anything. */
  | { readonly type: 'error'; readonly code: string | null; readonly mayRetry: boolean }
  /** For whoever looks at a screen; the text is left out. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warning' | 'danger' }
  /** No concern of a call, known or not; still a proof that the server has taken the request. */
  | { readonly type: 'other' };

export interface Question {
  readonly id: string;
  readonly question: string;
  /** Empty where any words will do. */
  readonly options: readonly string[];
  readonly takesSeveral: boolean;
}

const MOST_QUESTIONS = 10;
const MOST_OPTIONS = 20;
const OTHER: ChatKitEvent = { type: 'other' };

/** null: not an event at all. */
export function parseChatKitEvent(data: string): ChatKitEvent | null {
  const event = fieldsOf(parsedJson(data));
  switch (event['type']) {
    case 'thread.created':
    case 'thread.updated': {
      const threadId = textOf(fieldsOf(event['thread'])['id']);
      return threadId === '' ? OTHER : { type: 'thread', threadId };
    }
    case 'thread.item.added':
      return itemEvent(fieldsOf(event['item']), 'message-began');
    case 'thread.item.done':
      return itemEvent(fieldsOf(event['item']), 'message-done');
    case 'thread.item.replaced':
      return itemEvent(fieldsOf(event['item']), 'message-replaced');
    case 'thread.item.updated':
      return updateEvent(textOf(event['item_id']), fieldsOf(event['update']));
    case 'thread.item.removed':
      return { type: 'removed', itemId: textOf(event['item_id']) };
    case 'client_effect':
      return { type: 'effect', name: textOf(event['name']), args: event['data'] };
    case 'error':
      return { type: 'error', code: codeOf(event['code']), mayRetry: event['allow_retry'] === true };
    case 'notice': {
      const level = event['level'];
      return { type: 'notice', level: level === 'warning' || level === 'danger' ? level : 'info' };
    }
    default:
      return typeof event['type'] === 'string' ? OTHER : null;
  }
}

/** The texts of each message of the caller in a list of items, newest first; null where it is no such list. */
export function parseHeard(
  body: string,
): { readonly itemId: string; readonly texts: readonly string[] }[] | null {
  const { data } = fieldsOf(parsedJson(body));
  if (!Array.isArray(data)) return null;
  return data.map(fieldsOf).flatMap(({ id, type, content }) => {
    if (type !== 'user_message') return [];
    return [{ itemId: textOf(id), texts: listOf(content).map((part) => textOf(fieldsOf(part)['text'])) }];
  });
}

/** The code in the answer to a request that was refused, where the server writes one as OpenAI does. */
export function codeOfRefusal(body: string): string | null {
  return codeOf(fieldsOf(fieldsOf(parsedJson(body))['error'])['code']);
}

function itemEvent(item: Fields, type: 'message-began' | 'message-done' | 'message-replaced'): ChatKitEvent {
  const isAsking = type === 'message-done' && item['status'] === 'pending';
  switch (item['type']) {
    case 'assistant_message': {
      const texts = listOf(item['content']).map((part) => textOf(fieldsOf(part)['text']));
      return { type, itemId: textOf(item['id']), texts };
    }
    case 'user_message':
      return type === 'message-done' ? { type: 'heard', itemId: textOf(item['id']) } : OTHER;
    case 'client_tool_call':
      return isAsking ? { type: 'tool-call', name: textOf(item['name']), args: item['arguments'] } : OTHER;
    case 'structured_input':
      return isAsking ? questionsEvent(item) : OTHER;
    default:
      return OTHER;
  }
}

function updateEvent(itemId: string, update: Fields): ChatKitEvent {
  const index = typeof update['content_index'] === 'number' ? update['content_index'] : 0;
  const text = textOf(fieldsOf(update['content'])['text']);
  switch (update['type']) {
    case 'assistant_message.content_part.text_delta':
      return { type: 'delta', itemId, index, text: textOf(update['delta']) };
    case 'assistant_message.content_part.added':
      return text === '' ? OTHER : { type: 'part', itemId, index, text };
    case 'assistant_message.content_part.done':
      return { type: 'part', itemId, index, text };
    default:
      return OTHER;
  }
}

function questionsEvent(item: Fields): ChatKitEvent {
  const questions = listOf(item['inputs'])
    .slice(0, MOST_QUESTIONS)
    .map((input): Question => {
      const { id, question, options, multiple } = fieldsOf(input);
      const values = listOf(options).map((option) => textOf(fieldsOf(option)['value']));
      return {
        id: textOf(id),
        question: textOf(question),
        options: values.filter((value) => value !== '').slice(0, MOST_OPTIONS),
        takesSeveral: multiple === true,
      };
    });
  return { type: 'questions', itemId: textOf(item['id']), questions };
}

function codeOf(value: unknown): string | null {
  return typeof value === 'string' && /^[a-z0-9_.]{1,40}$/.test(value) ? value : null;
}
