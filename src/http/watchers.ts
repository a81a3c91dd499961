// Clients that wait for something: a bounded number, none of which outlives its connection or the process.
import type { Response } from 'express';

export class Watchers {
  readonly #most: number;
  readonly #closing: AbortSignal;
  #count = 0;

  /** All watching ends when `closing` aborts. */
  constructor(most: number, closing: AbortSignal) {
    this.#most = most;
    this.#closing = closing;
  }

  /**
   * Returns a signal that aborts with the connection, or when the process closes; null if there is no room. Call it before
   * the first await: a response that has closed emits no further event.
   */
  enter(res: Response): AbortSignal | null {
    if (this.#count >= this.#most) return null;
    this.#count++;
    const gone = new AbortController();
    res.once('close', () => {
      this.#count--;
      gone.abort();
    });
    return AbortSignal.any([gone.signal, this.#closing]);
  }
}
