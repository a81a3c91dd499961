// L3: transcripts in the order in which their audio was committed. The vendor transcribes side by side, so the second of
// two utterances may well be finished first; and a transcript that never comes must not keep the later ones waiting.
import type { Clock } from '../call/ports.ts';

export const OVERDUE_MS = 5_000;

interface Awaited {
  readonly id: string;
  readonly previousId: string | null;
  transcript: string | null;
  isOverdue: boolean;
  readonly stopTimer: () => void;
}

export class TranscriptOrder {
  readonly #clock: Clock;
  readonly #onTranscript: (id: string, transcript: string, isOverdue: boolean) => void;
  #awaited: Awaited[] = [];

  constructor(clock: Clock, onTranscript: (id: string, transcript: string, isOverdue: boolean) => void) {
    this.#clock = clock;
    this.#onTranscript = onTranscript;
  }

  committed(id: string, previousId: string | null): void {
    if (this.#awaited.some((one) => one.id === id)) return;
    const stopTimer = this.#clock.after(OVERDUE_MS, () => {
      awaited.isOverdue = true;
      this.transcribed(id, '');
    });
    const awaited: Awaited = { id, previousId, transcript: null, isOverdue: false, stopTimer };
    const previous = this.#awaited.findIndex((one) => one.id === previousId);
    const next = this.#awaited.findIndex((one) => one.previousId === id);
    const place = previous >= 0 ? previous + 1 : next >= 0 ? next : this.#awaited.length;
    this.#awaited.splice(place, 0, awaited);
  }

  /** '' for a failed one. A transcript that nobody awaits (any more) is dropped: its '' has been told already. */
  transcribed(id: string, transcript: string): void {
    const awaited = this.#awaited.find((one) => one.id === id);
    if (awaited === undefined || awaited.transcript !== null) return;
    awaited.transcript = transcript;
    awaited.stopTimer();
    this.#tellSettled();
  }

  /** The session is gone, and with it every transcript still awaited: also those that came and had to wait. */
  forget(): void {
    for (const awaited of this.#awaited) awaited.stopTimer();
    this.#awaited = [];
  }

  #tellSettled(): void {
    for (let first = this.#awaited[0]; first !== undefined; first = this.#awaited[0]) {
      if (first.transcript === null) return;
      this.#awaited.shift();
      this.#onTranscript(first.id, first.transcript, first.isOverdue);
    }
  }
}
