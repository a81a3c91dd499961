// Clients that wait for news of calls: a bounded number, none of which outlives its connection or the process. News only says
// that it is time to look; the client's handler then reads from `CallControl`, whichever process wrote.
import type { Response } from 'express';
import type { CallControl } from '../call/call-control.ts';
import { unlessAborted } from '../call/waiting.ts';

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

/** News for a loop that reads and then waits: news that comes while it reads ends its next wait at once. */
export class News {
  #coming = Promise.withResolvers<void>();
  readonly #over: AbortSignal;
  readonly end: () => void;

  constructor(control: CallControl, over: AbortSignal) {
    this.#over = over;
    this.end = control.onNews(() => this.come());
  }

  come(): void {
    this.#coming.resolve();
  }

  /** Resolves when it is time to look again, and once it is over. */
  async more(): Promise<void> {
    await unlessAborted(this.#coming.promise, this.#over);
    this.#coming = Promise.withResolvers();
  }
}
