// A call's own view of the clock: `stop` cancels all its timers, and an error in one is the call's bug.
import type { Clock } from '../call/ports.ts';

export class CallClock implements Clock {
  readonly #clock: Clock;
  readonly #guard: (run: () => void) => void;
  readonly #pending = new Set<() => void>();

  /** `guard` runs the body of each timer. */
  constructor(clock: Clock, guard: (run: () => void) => void) {
    this.#clock = clock;
    this.#guard = guard;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, run: () => void): () => void {
    const cancelTimer = this.#clock.after(ms, () => {
      this.#pending.delete(cancel);
      this.#guard(run);
    });
    const cancel = (): void => {
      this.#pending.delete(cancel);
      cancelTimer();
    };
    this.#pending.add(cancel);
    return cancel;
  }

  stop(): void {
    for (const cancel of this.#pending) cancel();
  }
}
