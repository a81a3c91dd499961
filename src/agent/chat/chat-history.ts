// The messages of a chat/completions request. The server remembers nothing, so each request contains the whole call. A server
// refuses a tool's result without its call, and a call without its result, so messages are dropped by whole turns.
import type { ChatCompletionMessageFunctionToolCall } from 'openai/resources/chat/completions';
import type { AgentMessage } from '../../call/ports.ts';
import { fieldsOf, listOf } from '../../call/json.ts';

export type ChatMessage =
  /** A note from the relay, or the instructions. */
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly tool_calls?: ChatCompletionMessageFunctionToolCall[];
    }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/** Far more than a phone call has, and less than most models accept. */
const MOST_MESSAGES = 200;
const MOST_CHARACTERS = 200_000;

/** Notes come first, each as its own message, never inside the caller's words. */
export function askedIn({ text, notes }: AgentMessage): ChatMessage[] {
  const asked: ChatMessage[] = notes.map((content) => ({ role: 'system', content }));
  return text === '' ? asked : [...asked, { role: 'user', content: text }];
}

/** null for anything else. */
export function chatMessageOf(value: unknown): ChatMessage | null {
  const { role, content, tool_calls: calls, tool_call_id: callId } = fieldsOf(value);
  switch (role) {
    case 'system':
    case 'user':
      return typeof content === 'string' ? { role, content } : null;
    case 'tool':
      return typeof content === 'string' && typeof callId === 'string'
        ? { role, tool_call_id: callId, content }
        : null;
    case 'assistant': {
      if (calls === undefined) return typeof content === 'string' ? { role, content } : null;
      const tool_calls = listOf(calls).flatMap((call) => toolCallOf(call) ?? []);
      if (tool_calls.length === 0 || tool_calls.length !== listOf(calls).length) return null;
      return { role, content: typeof content === 'string' ? content : null, tool_calls };
    }
    default:
      return null;
  }
}

function toolCallOf(value: unknown): ChatCompletionMessageFunctionToolCall | null {
  const { id, function: called } = fieldsOf(value);
  const { name, arguments: args } = fieldsOf(called);
  if (typeof id !== 'string' || typeof name !== 'string' || typeof args !== 'string') return null;
  return { id, type: 'function', function: { name, arguments: args } };
}

/**
 * What is left of a reply that was cut off. Its tool calls go with the words that were not heard, because a command is
 * carried out only after those (E1).
 */
export function cutOff(_reply: readonly ChatMessage[], heard: string): ChatMessage[] {
  return heard === '' ? [] : [{ role: 'assistant', content: heard }];
}

/** Without the oldest turns if there are too many; the newest always stays. */
export function bounded(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  let from = 0;
  let characters = messages.reduce((sum, message) => sum + lengthOf(message), 0);
  const isTooLong = (): boolean => messages.length - from > MOST_MESSAGES || characters > MOST_CHARACTERS;
  while (isTooLong()) {
    const next = messages.findIndex((_, index) => index > from && isStartOfTurn(messages, index));
    if (next === -1) break;
    for (const message of messages.slice(from, next)) characters -= lengthOf(message);
    from = next;
  }
  return messages.slice(from);
}

/**
 * With notes as user messages, for a server that accepts system messages only at the beginning. They stay bracketed lines,
 * so the model can still tell them from the caller's words.
 */
export function withNotesAsUser(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map((message) =>
    message.role === 'system' ? { role: 'user', content: message.content } : message,
  );
}

/** Some servers insist that user and assistant alternate, so consecutive user messages become one. */
export function withUserJoined(messages: readonly ChatMessage[]): ChatMessage[] {
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'user' && last?.role === 'user')
      joined.splice(-1, 1, { role: 'user', content: `${last.content}\n${message.content}` });
    else joined.push(message);
  }
  return joined;
}

/** A turn begins with the first message to the agent after it has spoken; the greeting is a turn by itself. */
function isStartOfTurn(messages: readonly ChatMessage[], index: number): boolean {
  return isTold(messages[index]) && !isTold(messages[index - 1]);
}

function isTold(message: ChatMessage | undefined): boolean {
  return message?.role === 'system' || message?.role === 'user';
}

function lengthOf(message: ChatMessage): number {
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  return calls.reduce(
    (sum, call) => sum + call.function.name.length + call.function.arguments.length,
    message.content?.length ?? 0,
  );
}
