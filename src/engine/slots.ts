// A bound on the speech sessions of programs, so that they never take the voice away from the calls.
import { wrong } from '../http/checking.ts';
import type { Outcome } from './exchange.ts';

const BUSY = wrong({
  code: 'busy',
  message: 'All speech sessions are in use. Try again in a moment.',
  retryAfterS: 5,
});

export class Slots {
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Holds a session while `work` runs. Rejects as `work` does. */
  async hold(work: () => Promise<Outcome>): Promise<Outcome> {
    if (this.#free === 0) return BUSY;
    this.#free--;
    try {
      return await work();
    } finally {
      this.#free++;
    }
  }
}
