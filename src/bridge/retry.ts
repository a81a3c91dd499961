// When an agent is asked a second time, and how: its answer was lost before a word of it came, so the caller need not
// know. Whoever asks with the same words again doubles them: every kind of agent keeps what it was told and has not
// answered, at the vendor or here. So the second ask is a note by itself, which all of them answer.
import type { Note } from '../call/notes.ts';
import type { AgentEvent, AgentFailure, AgentMessage } from '../call/ports.ts';

type Failed = Extract<AgentEvent, { type: 'failed' }>;

/** What a second ask has for its first word at least: who has waited through the first bears hardly more. */
const RETRY_FIRST_WORD_MS = 8_000;

/** How long after the first it comes; null for a failure that would only come again. */
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

/** null for an agent that is to be spared such notes. */
export function retryMessage(notesOff: ReadonlySet<Note['kind']>): AgentMessage | null {
  return notesOff.has(LOST.kind) ? null : { text: '', notes: [LOST.text], heardOfLast: null };
}

export function retryPauseMs({ failure }: Failed): number | null {
  return PAUSE_MS[failure];
}

/** What is left of the time for a first word, `wasAskedAt` the first time. */
export function retryFirstWordMs(firstWordMs: number, wasAskedAt: number, now: number): number {
  return Math.max(wasAskedAt + firstWordMs - now, Math.min(firstWordMs, RETRY_FIRST_WORD_MS));
}
