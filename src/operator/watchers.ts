// Clients that wait for news of calls: a bounded number, none of which outlives its connection or the process. News only says
// that it is time to look; the client's handler then reads from `CallControl`, whichever process wrote.
import type { Response } from 'express';
import type { CallControl } from '../call/call-control.ts';

export class Watchers {
  readonly #most: number;
  readonly #watching = new Set<AbortController>();
  readonly #closing: AbortSignal;

  /** All watching ends when `closing` aborts. */
  constructor(most: number, closing: AbortSignal) {
    this.#most = most;
    this.#closing = closing;
    closing.addEventListener('abort', () => {
      for (const watching of this.#watching) watching.abort();
    });
  }

  /**
   * Returns a signal that aborts with the connection, or when the process closes; null if there is no room. Call it before
   * the first await: a response that has closed emits no further event.
   */
  enter(res: Response): AbortSignal | null {
    if (this.#watching.size >= this.#most) return null;
    const watching = new AbortController();
    this.#watching.add(watching);
    res.once('close', () => {
      this.#watching.delete(watching);
      watching.abort();
    });
    if (this.#closing.aborted) watching.abort();
    return watching.signal;
  }
}

/** News for a loop that reads and then waits: news that comes while it reads ends its next wait at once. */
export class News {
  #isThere = false;
  #isOver = false;
  #wake: () => void = () => {};
  readonly #stopListening: () => void;

  /** Listens until `end`, or until `over` aborts. */
  constructor(control: CallControl, over: AbortSignal) {
    this.#stopListening = control.onNews(() => this.come());
    if (over.aborted) this.end();
    else over.addEventListener('abort', () => this.end(), { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  come(): void {
    this.#isThere = true;
    this.#wake();
  }

  /** Resolves when it is time to look again, and once it is over. */
  async more(): Promise<void> {
    if (!this.#isThere && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#isThere = false;
  }

  end(): void {
    this.#isOver = true;
    this.#stopListening();
    this.#wake();
  }
}
