// E3: the silence of a caller who has the word. Asked once whether they are there; silent once more, they are gone.
import type { Clock } from '../call/ports.ts';

export interface CallerSilenceParts {
  readonly clock: Clock;
  /** 0: a silent caller is never asked. */
  readonly promptMs: number;
  /** Whether it is for the caller to speak: nothing is being thought up or spoken, and the line is there. */
  readonly hasWord: () => boolean;
  /** `isFirst`: they have not been asked since they last said something. */
  readonly onSilence: (isFirst: boolean) => void;
}

export class CallerSilence {
  readonly #parts: CallerSilenceParts;
  #hasAsked = false;
  #cancel = (): void => {};

  constructor(parts: CallerSilenceParts) {
    this.#parts = parts;
  }

  /** The silence counts from now on. */
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

  /** The caller is there. */
  hearWords(): void {
    this.#hasAsked = false;
  }
}
