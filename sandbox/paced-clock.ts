// One clock for a whole call in one process: the relay's and both far ends'. Each turn of the event loop advances it by
// at most `STEP_MS`, so when the machine stands still the call stands still too, and no time limit in it runs out. On an
// idle machine it runs up to four times as fast as real time. Another process, a thread or a database knows nothing of it.
import type { Clock } from '../src/call/ports.ts';

const SPEED = 4;
const STEP_MS = 20;
const TICK_MS = STEP_MS / SPEED;

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

export class PacedClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now = performance.timeOrigin + performance.now();
  #lastTickAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    // Nothing was due while nobody waited, so that time passes at once.
    if (this.#timer === undefined) this.#now += this.#elapsed();
    const alarm: Alarm = { at: this.#now + Math.max(0, ms), run };
    this.#alarms.add(alarm);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return () => {
      this.#alarms.delete(alarm);
    };
  }

  #tick(): void {
    const until = this.#now + this.#elapsed();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
    if (this.#alarms.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What this turn adds. */
  #elapsed(): number {
    const realMs = performance.now() - this.#lastTickAt;
    this.#lastTickAt += realMs;
    return Math.min(realMs * SPEED, STEP_MS);
  }

  /** The earliest alarm up to `until`; of two at one instant, the one set first. */
  #next(until: number): Alarm | undefined {
    let earliest: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at <= until && (earliest === undefined || alarm.at < earliest.at)) earliest = alarm;
    }
    return earliest;
  }
}
