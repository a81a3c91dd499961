// How the relay's notes and the caller's words become one message, for an agent that has no other place for notes.
// Notes are bracketed lines that stand before the words, so that an author can tell the two apart.
import type { AgentMessage } from '../call/ports.ts';

/** Several messages become one where earlier ones never reached the agent. */
export function messageText(messages: readonly AgentMessage[]): string {
  return messages
    .flatMap(({ notes, text }) => [...notes, text])
    .filter((line) => line !== '')
    .join('\n');
}
