// R9: notices that a session no longer turns speech into transcripts. Some transcription models end utterances and never
// commit them, others commit them and never transcribe; both look like a healthy session that simply says nothing.
import type { Clock } from '../call/ports.ts';
import type { HearingEvent } from './realtime-wire.ts';

/** From the end of speech to its commit. */
export const COMMIT_WITHIN_MS = 1_000;
/** From the commit to the transcript. Shorter than OVERDUE_MS, so that another session can still hear the words. */
export const TRANSCRIPT_WITHIN_MS = 4_000;

/** Stands for the item of a commit of ours, which the session has not confirmed. */
const OWN_COMMIT = '';

export interface HearingWatchParts {
  readonly clock: Clock;
  /** The session ended an utterance without committing it. */
  readonly onUncommitted: () => void;
  /** A committed utterance has no transcript in time. */
  readonly onUntranscribed: () => void;
}

export class HearingWatch {
  readonly #parts: HearingWatchParts;
  /** The deadlines of committed utterances, by item. */
  readonly #awaited = new Map<string, () => void>();
  #cancelCommitWatch = (): void => {};

  constructor(parts: HearingWatchParts) {
    this.#parts = parts;
  }

  take(event: HearingEvent): void {
    switch (event.type) {
      // One commit later covers this speech and the speech before it.
      case 'speech-started':
        return this.#cancelCommitWatch();
      case 'speech-stopped':
        this.#cancelCommitWatch();
        this.#cancelCommitWatch = this.#parts.clock.after(COMMIT_WITHIN_MS, () => {
          this.#parts.onUncommitted();
          this.#await(OWN_COMMIT);
        });
        return;
      case 'committed':
        this.#cancelCommitWatch();
        this.#forget(OWN_COMMIT);
        return this.#await(event.itemId);
      case 'transcript-delta':
        if (this.#awaited.has(event.itemId)) this.#await(event.itemId);
        return;
      case 'transcript':
        return this.#forget(event.itemId);
    }
  }

  /** The session is gone: it owes nothing any more. */
  stop(): void {
    this.#cancelCommitWatch();
    for (const cancel of this.#awaited.values()) cancel();
    this.#awaited.clear();
  }

  #await(itemId: string): void {
    const { clock, onUntranscribed } = this.#parts;
    this.#forget(itemId);
    this.#awaited.set(itemId, clock.after(TRANSCRIPT_WITHIN_MS, onUntranscribed));
  }

  #forget(itemId: string): void {
    this.#awaited.get(itemId)?.();
    this.#awaited.delete(itemId);
  }
}
