// Calls out that wait to be dialled, one a second. The second lies between two beginnings and is measured when the next
// is due: a timer that fires early, an idle hour or a call that is put in again changes nothing about it. Each process has
// a queue of its own; what several send at once, Twilio queues again at the account's rate.
import type { Refusal } from '../call/assignment.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

export const DIALS_PER_SECOND = 1;
export const MAX_QUEUED = 100;

const SPACING_MS = 1000 / DIALS_PER_SECOND;

interface Waiting {
  readonly callId: CallId;
  readonly since: number;
  readonly dial: () => void;
}

export class DialQueue {
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #lastDialAt = -Infinity;
  #takeBackTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** How long the next in line has waited; 0 where nobody waits. */
  get oldestAgeMs(): number {
    const first = this.#waiting[0];
    return first === undefined ? 0 : this.#clock.now() - first.since;
  }

  /** How many calls go before it; null where it does not wait. */
  placeOf(callId: CallId): number | null {
    const place = this.#waiting.findIndex((one) => one.callId === callId);
    return place === -1 ? null : place;
  }

  /** Why nothing can be added now: to be asked before a call is counted or written down. */
  refusal(): Refusal | null {
    if (this.#isClosed) return busy('This process is about to stop and places no more calls.', 1);
    if (this.#waiting.length < MAX_QUEUED) return null;
    const seconds = Math.ceil(this.#waiting.length / DIALS_PER_SECOND);
    return busy(`${MAX_QUEUED} calls wait to be dialled, which is the most.`, seconds);
  }

  /**
   * `dial` is called once, in its turn and never before this returns; it begins the dialling and must not throw. False:
   * it is not taken, as `refusal` says.
   */
  add(callId: CallId, dial: () => void): boolean {
    if (this.refusal() !== null) return false;
    this.#waiting.push({ callId, since: this.#clock.now(), dial });
    this.#arm();
    return true;
  }

  /** Whether it still waited, and now does not: then it is never dialled. */
  cancel(callId: CallId): boolean {
    const place = this.placeOf(callId);
    if (place === null) return false;
    this.#waiting.splice(place, 1);
    if (this.#waiting.length === 0) this.#disarm();
    return true;
  }

  /** Takes nothing more. Returns those who waited, and are not dialled any more. */
  close(): readonly CallId[] {
    this.#isClosed = true;
    this.#disarm();
    return this.#waiting.splice(0).map(({ callId }) => callId);
  }

  #arm(): void {
    if (this.#takeBackTimer !== null || this.#waiting.length === 0) return;
    const dueInMs = Math.max(0, this.#lastDialAt + SPACING_MS - this.#clock.now());
    this.#takeBackTimer = this.#clock.after(Math.ceil(dueInMs), () => {
      this.#takeBackTimer = null;
      this.#dialNext();
    });
  }

  #dialNext(): void {
    const now = this.#clock.now();
    if (now - this.#lastDialAt >= SPACING_MS) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#lastDialAt = now;
      // Before the call is begun, so that nothing that happens there stops the queue.
      this.#arm();
      next?.dial();
    } else this.#arm();
  }

  #disarm(): void {
    this.#takeBackTimer?.();
    this.#takeBackTimer = null;
  }
}

function busy(message: string, retryAfterS: number): Refusal {
  return { code: 'busy', message, retryAfterS };
}
