// When and how the relay asks an agent a second time (T5): its answer was lost before its first word, so the caller need
// not know. The caller's words again would count twice: every kind of agent keeps what it received and has not answered,
// at the vendor or here. So the retry is a note by itself, which all of them answer.
import type { Note } from '../call/notes.ts';
import type { AgentEvent, AgentFailure, AgentMessage } from '../call/ports.ts';

type Failed = Extract<AgentEvent, { type: 'failed' }>;

/** The least time of a retry for its first word; a caller who has waited through the first bears hardly more. */
const RETRY_FIRST_WORD_MS = 8_000;

/** How long after the failure the retry comes; null if it would only fail again. */
const PAUSE_MS: Readonly<Record<AgentFailure, number | null>> = {
  timeout: 0,
  unavailable: 300,
  malformed: 300,
  'rate-limited': 1_000,
  refused: null,
};

const LOST: Note = {
  kind: 'interrupted',
  text: '[Your last reply was lost on the way: the caller heard nothing of it. Reply again now.]',
};

export function retryMessage(notesOff: ReadonlySet<Note['kind']>): AgentMessage | null {
  return notesOff.has(LOST.kind) ? null : { text: '', notes: [LOST.text], heardOfLast: null };
}

export function retryPauseMs({ failure }: Failed): number | null {
  return PAUSE_MS[failure];
}

/** What is left of the time for a first word since the agent was first asked. */
export function retryFirstWordMs(firstWordMs: number, wasAskedAt: number, now: number): number {
  return Math.max(wasAskedAt + firstWordMs - now, Math.min(firstWordMs, RETRY_FIRST_WORD_MS));
}
