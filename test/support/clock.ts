// A clock that stands still until a test steps it, so that a minute of waiting takes no time. It runs what falls due
// in the order of its instants, and `now()` is that instant while it runs; sockets know nothing of this clock.
import type { Clock } from '../../src/call/ports.ts';

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

export class SteppedClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const alarm: Alarm = { at: this.#now + Math.max(0, ms), run };
    this.#alarms.add(alarm);
    return () => {
      this.#alarms.delete(alarm);
    };
  }

  /** Lets `ms` pass. Alarms that a callback sets within that time run too. */
  step(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }

  /** The process stands still for `ms`: what falls due in them runs late, and before anything that came meanwhile. */
  stall(ms: number): void {
    this.#now += ms;
    this.step(0);
  }

  /** How many callbacks still wait: 0 proves that an ended part cancelled all of its own. */
  get waiting(): number {
    return this.#alarms.size;
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
