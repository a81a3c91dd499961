// A bound on how many things run at once.
export class Slots {
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Runs `work` in a slot; null if all are taken. Rejects as `work` does. */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#free === 0) return null;
    this.#free--;
    try {
      return await work();
    } finally {
      this.#free++;
    }
  }
}
