// How much may come in how little time: so much at once, and afterwards so much a second.
import type { Clock } from '../call/ports.ts';

export class Allowance {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #perSecond: number;
  #left: number;
  #since: number;

  constructor(clock: Clock, atOnce: number, perSecond: number) {
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
    this.#left = atOnce;
    this.#since = clock.now();
  }

  /** Returns whether so much is allowed now; then it is used up. */
  take(amount: number): boolean {
    const now = this.#clock.now();
    const gained = ((now - this.#since) / 1000) * this.#perSecond;
    this.#since = now;
    this.#left = Math.min(this.#atOnce, this.#left + gained);
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }
}
