// T9: a caller who has spoken and hears nothing hears the filler, whatever keeps the answer: the words, the agent or the
// voice. T4 covers the agent alone, and sooner; the shares of all three may be short and their sum long.
import type { Clock } from '../call/ports.ts';

/** After this much silence a caller wonders whether anybody is there. */
const LONGEST_SILENCE_MS = 3_500;

export interface AnswerWaitParts {
  readonly clock: Clock;
  readonly fillerAfterMs: number;
  /** Whether the caller waits for an answer, and their line is here and silent. */
  readonly isWaiting: () => boolean;
  readonly onWait: () => void;
}

export class AnswerWait {
  readonly #parts: AnswerWaitParts;
  #cancel = (): void => {};

  constructor(parts: AnswerWaitParts) {
    this.#parts = parts;
  }

  /** The caller has stopped speaking. */
  begin(): void {
    const { clock, fillerAfterMs, isWaiting, onWait } = this.#parts;
    this.stop();
    this.#cancel = clock.after(Math.max(LONGEST_SILENCE_MS, fillerAfterMs), () => {
      if (isWaiting()) onWait();
    });
  }

  /** The caller speaks on, or hears something. */
  stop(): void {
    this.#cancel();
  }
}
