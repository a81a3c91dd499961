// A bound on how many things may go on at once.
export class Slots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Null where all are taken already; else what gives it back, to be called once. */
  take(): (() => void) | null {
    if (this.#taken >= this.#most) return null;
    this.#taken++;
    return () => {
      this.#taken--;
    };
  }
}
