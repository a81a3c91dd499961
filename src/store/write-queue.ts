// What waits to be written: events in order, and one change a call. Both are bounded, and the oldest are dropped first. An
// event never leaves before the change of its call, whose row must exist first.
import { type CallChange, joined } from '../call/call-record.ts';
import type { NumberedEvent } from '../call/call-store.ts';
import type { CallEvent, CallId } from '../call/call.ts';

export interface QueueBounds {
  readonly events: number;
  readonly chars: number;
  readonly calls: number;
}

interface Waiting {
  readonly number: number;
  readonly change: CallChange;
}

/** Part of what waited. `oldest` is the lowest number in it: everything before is written or lost. */
export interface Taken {
  readonly oldest: number;
  readonly changes: readonly CallChange[];
  readonly events: readonly NumberedEvent[];
}

export class WriteQueue {
  readonly #bounds: QueueBounds;
  readonly #events: NumberedEvent[] = [];
  #chars = 0;
  readonly #changes = new Map<CallId, Waiting>();
  #count = 0;
  #dropped = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get events(): number {
    return this.#events.length;
  }

  get isEmpty(): boolean {
    return this.events === 0 && this.#changes.size === 0;
  }

  /** Events, and changes of calls, that were dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  get newest(): number {
    return this.#count;
  }

  /** The number of the first thing that waits; Infinity if nothing does. */
  get oldest(): number {
    const [change] = this.#changes.values();
    return Math.min(this.#events[0]?.number ?? Infinity, change?.number ?? Infinity);
  }

  add(event: CallEvent, change: CallChange): void {
    this.change(change);
    this.#events.push({ number: this.#count, event });
    this.#chars += charsOf(event);
    while (this.events > this.#bounds.events || this.#chars > this.#bounds.chars) {
      this.#shift();
      this.#dropped++;
    }
  }

  change(change: CallChange): void {
    const number = ++this.#count;
    const earlier = this.#changes.get(change.callId);
    this.#changes.set(
      change.callId,
      earlier === undefined
        ? { number, change }
        : { number: earlier.number, change: joined(earlier.change, change) },
    );
    if (this.#changes.size <= this.#bounds.calls) return;
    const [oldest] = this.#changes.keys();
    if (oldest !== undefined) this.#changes.delete(oldest);
    this.#dropped++;
  }

  /** Removes up to `most` changes and as many events, oldest first; null if nothing waits. */
  take(most: number): Taken | null {
    if (this.isEmpty) return null;
    const { oldest } = this;
    const changes: CallChange[] = [];
    for (const [callId, { change }] of this.#changes) {
      if (changes.length === most) break;
      changes.push(change);
      this.#changes.delete(callId);
    }
    const events: NumberedEvent[] = [];
    while (events.length < most) {
      const [next] = this.#events;
      if (next === undefined || this.#changes.has(next.event.callId)) break;
      events.push(next);
      this.#shift();
    }
    return { oldest, changes, events };
  }

  #shift(): void {
    const event = this.#events.shift()?.event;
    if (event !== undefined) this.#chars -= charsOf(event);
  }
}

/** Halves a batch that the store refuses, to find what it refuses; null for a batch of one. */
export function halves({ oldest, changes, events }: Taken): [Taken, Taken] | null {
  if (changes.length > 0 && events.length > 0) {
    return [
      { oldest, changes, events: [] },
      { oldest, changes: [], events },
    ];
  }
  if (changes.length + events.length < 2) return null;
  const middle = Math.ceil((changes.length + events.length) / 2);
  return [
    { oldest, changes: changes.slice(0, middle), events: events.slice(0, middle) },
    { oldest, changes: changes.slice(middle), events: events.slice(middle) },
  ];
}

function charsOf(event: CallEvent): number {
  let chars = 0;
  for (const value of Object.values(event)) if (typeof value === 'string') chars += value.length;
  return chars;
}
