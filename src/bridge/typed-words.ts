// W4: what a caller types is an utterance: it holds the reply, ends it, and goes to the agent as spoken words do.
import { randomUUID } from 'node:crypto';
import type { SpeechEvent } from '../call/ports.ts';

/** Somebody who sends a line has finished (L6), so it ended before anything that was heard. */
export function typedUtterance(text: string): readonly SpeechEvent[] {
  const utteranceId = `typed-${randomUUID()}`;
  return [
    { type: 'speech-started', utteranceId },
    { type: 'speech-stopped', utteranceId },
    { type: 'utterance', utteranceId, transcript: text, endMs: -Infinity },
  ];
}
