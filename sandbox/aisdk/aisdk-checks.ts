// Which requests the sandbox's AI SDK route takes: what the SDK's own validation of UI messages wants, and that no call is
// left without its result.
import { recordOf } from '../openai/http-faults.ts';
import type { Remembered } from '../openai/mind.ts';
import { heardIn } from '../wire/acting.ts';

type Fields = Readonly<Record<string, unknown>>;

interface UiMessage {
  readonly id: string;
  readonly role: string;
  readonly parts: readonly Fields[];
}

/** Why a list of messages is refused; null if it is taken. */
export function problemWith(messages: unknown): string | null {
  const found = uiMessagesIn(messages);
  if (found === null || found.length === 0) return 'Messages array must be a list of UI messages.';
  for (const { role, parts } of found) {
    if (!['user', 'assistant', 'system'].includes(role)) return `Unknown role: ${role}`;
    if (role !== 'assistant' && parts.length === 0) return 'Message must contain at least one part.';
    for (const part of parts) {
      const problem = problemWithPart(part);
      if (problem !== null) return problem;
    }
  }
  return null;
}

function problemWithPart({ type, text, toolCallId, state, input, approval }: Fields): string | null {
  if (typeof type !== 'string') return 'A part has no type.';
  if (type === 'text') return typeof text === 'string' ? null : 'A text part has no text.';
  if (!type.startsWith('tool-')) return null;
  if (typeof toolCallId !== 'string' || recordOf(input) === null) return 'A tool part has no call.';
  if (state === 'input-available') return 'A tool call has no result.';
  if (state === 'approval-responded' && typeof recordOf(approval)?.['approved'] !== 'boolean')
    return 'A response to an approval says neither yes nor no.';
  return null;
}

/** null when it is no list of messages. */
export function uiMessagesIn(messages: unknown): UiMessage[] | null {
  if (!Array.isArray(messages)) return null;
  const found = messages.map((message: unknown): UiMessage | null => {
    const { id, role, parts } = recordOf(message) ?? {};
    if (typeof id !== 'string' || typeof role !== 'string' || !Array.isArray(parts)) return null;
    return { id, role, parts: parts.map((part: unknown) => recordOf(part) ?? {}) };
  });
  return found.every((message) => message !== null) ? found : null;
}

export interface ToolResult {
  readonly callId: string;
  /** null for an approval that was denied. */
  readonly output: string | null;
}

export function resultsIn({ parts }: UiMessage): ToolResult[] {
  return parts
    .filter(({ type }) => String(type).startsWith('tool-'))
    .map(({ toolCallId, state, output }) => ({
      callId: String(toolCallId),
      output: state === 'approval-responded' ? null : String(output),
    }));
}

export function saidIn(messages: readonly UiMessage[]): Remembered[] {
  return messages.flatMap(({ role, parts }): Remembered[] => {
    const texts = parts.flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []));
    return role === 'assistant'
      ? texts.map((text) => ({ role: 'assistant', text }) as const)
      : texts.flatMap(heardIn);
  });
}
