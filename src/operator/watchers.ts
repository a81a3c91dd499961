// Those who wait for news of calls: so many at a time and no more, and none of them outlives its connection or the
// process. News only says that it is time to look; what there is to see is read from the desk, whoever wrote it.
import type { Response } from 'express';
import type { CallDesk } from '../call/call-control.ts';

export class Watchers {
  readonly #most: number;
  readonly #watching = new Set<AbortController>();
  readonly #closing: AbortSignal;

  /** All end when `closing` does. */
  constructor(most: number, closing: AbortSignal) {
    this.#most = most;
    this.#closing = closing;
    closing.addEventListener('abort', () => {
      for (const watching of this.#watching) watching.abort();
    });
  }

  /**
   * The signal ends with the connection, or when the process closes; null where there is no room. To be called before
   * anything is awaited: a connection that is gone already says so no more.
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

/** News for one who reads and then waits: what comes while they read ends their next wait at once. */
export class News {
  #isThere = false;
  #isOver = false;
  #wake: () => void = () => {};
  readonly #stopListening: () => void;

  /** Listens until `end`, or until `over`. */
  constructor(desk: CallDesk, over: AbortSignal) {
    this.#stopListening = desk.onNews(() => this.come());
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
