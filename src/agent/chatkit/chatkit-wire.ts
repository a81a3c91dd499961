// Parses what a ChatKit server streams into the few events that a call acts on. The only file that reads its JSON. The
// protocol has no package with types, and servers leave out null fields.
import { type Fields, fieldsOf, listOf, parsedJson, textOf } from '../../call/json.ts';

export type ChatKitEvent =
  | { readonly type: 'thread'; readonly threadId: string }
  /** A message of the agent as it begins, ends, or is replaced; its parts as texts. */
  | {
      readonly type: 'message-began' | 'message-done' | 'message-replaced';
      readonly itemId: string;
      readonly texts: readonly string[];
    }
  | {
      readonly type: 'delta' | 'part';
      readonly itemId: string;
      readonly index: number;
      readonly text: string;
    }
  | { readonly type: 'removed'; readonly itemId: string }
  /** A message of the caller, as the server stored it. */
  | { readonly type: 'heard'; readonly itemId: string }
  | { readonly type: 'tool-call'; readonly name: string; readonly args: unknown }
  /** Like a tool call, but the server waits for no answer. */
  | { readonly type: 'effect'; readonly name: string; readonly args: unknown }
  | { readonly type: 'questions'; readonly itemId: string; readonly questions: readonly Question[] }
  /** `code` is null if it does not look like one: the set is open, and the field may hold any text. */
  | { readonly type: 'error'; readonly code: string | null; readonly mayRetry: boolean }
  /** Meant for a screen, so its text is left out. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warning' | 'danger' }
  /** Any other event; it still proves that the server has the request. */
  | { readonly type: 'other' };

export interface Question {
  readonly id: string;
  readonly question: string;
  /** Empty if any words are an answer. */
  readonly options: readonly string[];
  readonly takesSeveral: boolean;
}

const MOST_QUESTIONS = 10;
const MOST_OPTIONS = 20;
const OTHER: ChatKitEvent = { type: 'other' };

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

/** The texts of each caller message in a list of items, newest first; null for anything else. */
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
