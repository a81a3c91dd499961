// The messages of a chat/completions request. The server remembers nothing, so each request contains the whole call. A server
// refuses a tool's result without its call, and a call without its result, so messages are dropped by whole turns.
import { z } from 'zod';
import type { AgentMessage } from '../../call/ports.ts';

const callSchema = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

export const chatMessageSchema = z.union([
  /** A note from the relay, or the instructions. */
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    tool_calls: z.array(callSchema).min(1),
  }),
  z.object({ role: z.literal('assistant'), content: z.string() }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: z.string() }),
]);
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** Far more than a phone call has, and less than most models accept. */
const MOST_MESSAGES = 200;
const MOST_CHARACTERS = 200_000;

/** Notes come first, each as its own message, never inside the caller's words. */
export function askedIn({ text, notes }: AgentMessage): ChatMessage[] {
  const asked: ChatMessage[] = notes.map((content) => ({ role: 'system', content }));
  return text === '' ? asked : [...asked, { role: 'user', content: text }];
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
  const calls = 'tool_calls' in message ? message.tool_calls : [];
  return calls.reduce(
    (sum, call) => sum + call.function.name.length + call.function.arguments.length,
    message.content?.length ?? 0,
  );
}
