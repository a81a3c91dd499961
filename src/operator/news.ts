// News of calls, which only say that it is time to look: a reader then reads from `CallControl`, whichever
// process wrote.
import type { CallControl } from '../call/call-control.ts';
import { unlessAborted } from '../call/waiting.ts';

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
