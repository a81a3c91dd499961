// A clock that runs by itself, ten times as fast as the real one, and only while the event loop turns: while the machine
// stands still, nothing on this clock becomes overdue. For code that waits for sockets and time at once.
import { SteppedClock } from './clock.ts';

const TICK_MS = 10;

export class TurningClock extends SteppedClock {
  #ticking: NodeJS.Timeout | null = null;

  override after(ms: number, run: () => void): () => void {
    const cancel = super.after(ms, run);
    this.#ticking ??= setInterval(() => this.#tick(), 1);
    return () => {
      cancel();
      this.#rest();
    };
  }

  #tick(): void {
    this.step(TICK_MS);
    this.#rest();
  }

  /** Without a callback that waits, the clock stands still and keeps no process alive. */
  #rest(): void {
    if (this.waiting > 0 || this.#ticking === null) return;
    clearInterval(this.#ticking);
    this.#ticking = null;
  }
}
