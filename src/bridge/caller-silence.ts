// E3: the silence of a caller who has the word. The relay asks once whether they are there; still silent, they are gone.
import type { Clock } from '../call/ports.ts';

export interface CallerSilenceParts {
  readonly clock: Clock;
  /** 0: never. */
  readonly promptMs: number;
  /** Whether the caller has the word: no reply is awaited or spoken, and their line is here. */
  readonly hasWord: () => boolean;
  /** `isFirst`: the relay has not asked since the caller last said something. */
  readonly onSilence: (isFirst: boolean) => void;
}

export class CallerSilence {
  readonly #parts: CallerSilenceParts;
  #hasAsked = false;
  #cancel = (): void => {};

  constructor(parts: CallerSilenceParts) {
    this.#parts = parts;
  }

  /** Counts the silence from now on. */
  watch(ms = this.#parts.promptMs): void {
    this.stop();
    if (this.#parts.promptMs === 0 || !this.#parts.hasWord()) return;
    this.#cancel = this.#parts.clock.after(ms, () => {
      if (!this.#parts.hasWord()) return;
      const isFirst = !this.#hasAsked;
      this.#hasAsked = true;
      this.#parts.onSilence(isFirst);
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** The caller spoke: the next silence is a first one. */
  hearWords(): void {
    this.#hasAsked = false;
  }
}
