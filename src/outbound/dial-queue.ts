// Outbound calls that wait to be dialled, one a second. The second lies between two starts and is measured when the next is
// due, so an early timer, an idle hour or a call that is queued again do not shorten it. Each process has its own queue;
// Twilio queues what several send at once at the account's rate.
import type { Refusal } from '../call/assignment.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

export const MAX_QUEUED = 100;

const SPACING_MS = 1000;

interface Waiting {
  readonly callId: CallId;
  readonly since: number;
  readonly dial: () => void;
}

export class DialQueue {
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #lastDialAt = -Infinity;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** How long the first call has waited; 0 if none waits. */
  get oldestAgeMs(): number {
    const first = this.#waiting[0];
    return first === undefined ? 0 : this.#clock.now() - first.since;
  }

  /** How many calls are ahead of it; null if it does not wait. */
  placeOf(callId: CallId): number | null {
    const place = this.#waiting.findIndex((one) => one.callId === callId);
    return place === -1 ? null : place;
  }

  /** Why no call can be added now. Ask before a call is counted or written. */
  refusal(): Refusal | null {
    if (this.#waiting.length < MAX_QUEUED) return null;
    return {
      code: 'busy',
      message: `${MAX_QUEUED} calls wait to be dialled, which is the most.`,
      retryAfterS: Math.ceil((this.#waiting.length * SPACING_MS) / 1000),
    };
  }

  /**
   * `dial` is called once, in its turn and never before this returns; it starts the dialling and must not throw. False: the
   * queue does not take it, as `refusal` says.
   */
  add(callId: CallId, dial: () => void): boolean {
    if (this.refusal() !== null) return false;
    this.#waiting.push({ callId, since: this.#clock.now(), dial });
    this.#arm();
    return true;
  }

  /** True: the call waited and will never be dialled. */
  cancel(callId: CallId): boolean {
    const place = this.placeOf(callId);
    if (place === null) return false;
    this.#waiting.splice(place, 1);
    if (this.#waiting.length > 0) return true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    return true;
  }

  #arm(): void {
    if (this.#cancelTimer !== null || this.#waiting.length === 0) return;
    const dueInMs = Math.max(0, this.#lastDialAt + SPACING_MS - this.#clock.now());
    this.#cancelTimer = this.#clock.after(Math.ceil(dueInMs), () => {
      this.#cancelTimer = null;
      this.#dialNext();
    });
  }

  #dialNext(): void {
    const now = this.#clock.now();
    const next = now - this.#lastDialAt >= SPACING_MS ? this.#waiting.shift() : undefined;
    if (next !== undefined) this.#lastDialAt = now;
    // Armed first, so that a failing `dial` does not stop the queue.
    this.#arm();
    next?.dial();
  }
}
