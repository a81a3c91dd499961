// How many calls and minutes there were, in windows of the clock: whole hours and days of UTC. So in the worst case a
// number is called ten times within an hour that lies across two windows. The window is part of the counter's key; the
// library's own expiry only clears up.
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { CountStore } from './count-store.ts';

/** So many points in each window, for each key by itself. */
export interface Limit {
  readonly name: string;
  readonly points: number;
  readonly windowMs: number;
}

/** `over`: nothing was taken. `unknown`: the counter cannot be asked. */
export type Taken = 'taken' | 'over' | 'unknown';

export class CallCount {
  readonly limit: Limit;
  readonly #limiter: RateLimiterAbstract;

  constructor(store: CountStore, limit: Limit) {
    this.limit = limit;
    this.#limiter = store.limiter(limit.name, limit.points, limit.windowMs / 1000);
  }

  /** All of `points` or nothing, in the window in which `at` lies. */
  async take(key: string, points: number, at: number): Promise<Taken> {
    try {
      await this.#limiter.consume(this.#key(key, at), points);
      return 'taken';
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) return 'unknown';
      // The library has counted what it refuses.
      await this.giveBack(key, points, at);
      return 'over';
    }
  }

  /** To the window in which it was taken. What cannot be given back stays counted: too few calls, never too many. */
  async giveBack(key: string, points: number, at: number): Promise<void> {
    if (points > 0) await this.#limiter.reward(this.#key(key, at), points).catch(() => {});
  }

  /** Counts what has been, whatever the limit. */
  async add(key: string, points: number, at: number): Promise<void> {
    if (points > 0) await this.#limiter.penalty(this.#key(key, at), points).catch(() => {});
  }

  endOfWindow(at: number): number {
    return (Math.floor(at / this.limit.windowMs) + 1) * this.limit.windowMs;
  }

  #key(key: string, at: number): string {
    return `${Math.floor(at / this.limit.windowMs)}:${key}`;
  }
}
