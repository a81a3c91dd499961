// Writes CallEvents to the store behind everything else: `take` only queues. One write at a time. A failed batch is sent
// again unchanged, because it may have been written without an answer; the store recognises its numbers.
import { within } from '../call/waiting.ts';
import type { Assignment } from '../call/assignment.ts';
import type { CallResult } from '../call/call-result.ts';
import {
  type CallChange,
  changeByAssignment,
  changeByEvent,
  changeByResume,
  changeBySettling,
  changeBySummary,
  changeByWishes,
  type ResumeState,
} from '../call/call-record.ts';
import type { CallSummary } from '../call/call-summary.ts';
import { resultWithoutWords, resumeWithoutWords, withoutWords } from '../call/redaction.ts';
import { type CallStore, StoreError } from '../call/call-store.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { halves, type QueueBounds, type Taken, WriteQueue } from './write-queue.ts';

/** How long events are gathered, if they are fewer than a batch. */
const GATHER_MS = 100;
const BATCH = 200;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5000;
/** A write that takes longer is logged. */
const SLOW_MS = 3000;
/** At most 64 MB: 32 million characters of two bytes. */
export const QUEUE_BOUNDS: QueueBounds = { events: 10_000, chars: 32_000_000, calls: 2000 };

export type StoreState = 'ok' | 'behind' | 'down';

export interface StoreWriterParts {
  readonly store: CallStore;
  readonly ownerId: string;
  readonly clock: Clock;
  /** How long a new call belongs to this process without a renewal. */
  readonly leaseMs: number;
  readonly keepsWords: boolean;
  readonly bounds?: QueueBounds;
  readonly log: (line: string) => void;
}

interface Waiter {
  readonly upTo: number;
  readonly resolve: () => void;
}

export class StoreWriter {
  readonly #parts: StoreWriterParts;
  readonly #queue: WriteQueue;
  readonly #bounds: QueueBounds;
  /** Taken from the queue and not written yet, in the order in which it is to be written. */
  #taken: Taken[] = [];
  #isWriting = false;
  /** Takes no more events; `#isStopped`: and makes no more attempts. */
  #isClosed = false;
  #isStopped = false;
  #refused = 0;
  /** Why the last write failed; null if it did not. */
  #failure: string | null = null;
  #isSlow = false;
  #retryMs = FIRST_RETRY_MS;
  #droppedBefore = 0;
  #hasLoggedLoss = false;
  #cancelWake: (() => void) | null = null;
  #waiters: Waiter[] = [];

  constructor(parts: StoreWriterParts) {
    this.#parts = parts;
    this.#bounds = parts.bounds ?? QUEUE_BOUNDS;
    this.#queue = new WriteQueue(this.#bounds);
  }

  get state(): StoreState {
    if (this.#failure !== null) return 'down';
    return this.#isSlow || this.#queue.events > this.#bounds.events / 2 ? 'behind' : 'ok';
  }

  get queued(): number {
    return this.#taken.reduce((sum, { events }) => sum + events.length, this.#queue.events);
  }

  /** What was lost: the queue was full, or the store refused it for good. */
  get dropped(): number {
    return this.#queue.dropped + this.#refused;
  }

  readonly take = (event: CallEvent): void => {
    if (this.#isClosed) return;
    const kept = this.#parts.keepsWords ? event : withoutWords(event);
    this.#queue.add(kept, changeByEvent(kept));
    this.#noteLoss();
    this.#gather();
  };

  /** What another process would need to continue the call; the last one counts. */
  keep(callId: CallId, resume: ResumeState): void {
    const kept = this.#parts.keepsWords ? resume : resumeWithoutWords(resume);
    this.#change(changeByResume(callId, this.#parts.clock.now(), kept));
  }

  /** Always with its words: a process that claims the call needs them. */
  keepAssignment(callId: CallId, at: number, assignment: Assignment): void {
    this.#change(changeByAssignment(callId, at, assignment));
  }

  /** Something is wanted of an inbound call once it is over. */
  wantResult(callId: CallId, at: number): void {
    this.#change(changeByWishes(callId, at));
  }

  settle(callId: CallId, at: number, result: CallResult | null): void {
    if (this.#parts.keepsWords) this.#change(changeBySettling(callId, at, result));
    else this.#change({ ...changeBySettling(callId, at, resultWithoutWords(result)), areWordsGone: true });
  }

  summarize(callId: CallId, at: number, summary: CallSummary): void {
    this.#change(changeBySummary(callId, at, summary));
  }

  /** Resolves when everything taken so far is written or lost. While the store is down, it waits. */
  flush(): Promise<void> {
    const upTo = this.#queue.newest;
    if (this.#oldest > upTo) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ upTo, resolve });
    this.#cancelWake?.();
    if (!this.#isWriting) void this.#write();
    return promise;
  }

  /** Writes what it can within `ms`, then stops for good; resolves with the number of unwritten events. Idempotent. */
  async close(ms: number): Promise<number> {
    if (this.#isStopped) return this.queued;
    const flushed = this.flush();
    this.#isClosed = true;
    await within(this.#parts.clock, ms, flushed, undefined);
    this.#isStopped = true;
    this.#cancelWake?.();
    return this.queued;
  }

  #change(change: CallChange): void {
    if (this.#isClosed) return;
    this.#queue.change(change);
    this.#noteLoss();
    this.#gather();
  }

  get #oldest(): number {
    return Math.min(this.#queue.oldest, ...this.#taken.map(({ oldest }) => oldest));
  }

  #gather(): void {
    if (this.#isWriting || this.#failure !== null) return;
    if (this.#queue.events === BATCH) this.#wake(0);
    else if (this.#cancelWake === null) this.#wake(GATHER_MS);
  }

  #wake(ms: number): void {
    if (this.#isWriting || this.#isStopped) return;
    this.#cancelWake?.();
    this.#cancelWake = this.#parts.clock.after(ms, () => void this.#write());
  }

  async #write(): Promise<void> {
    this.#cancelWake = null;
    this.#isWriting = true;
    let isWritten = true;
    while (isWritten && !this.#isStopped && this.#next() !== undefined) {
      isWritten = await this.#send();
      this.#resolveWaiters();
      if (this.#taken.length === 0 && this.#queue.events < BATCH && this.#waiters.length === 0) break;
    }
    this.#isWriting = false;
    if (!isWritten) {
      this.#wake(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    } else if (!this.#queue.isEmpty) this.#wake(GATHER_MS);
  }

  #next(): Taken | undefined {
    if (this.#taken.length === 0) {
      const taken = this.#queue.take(BATCH);
      if (taken !== null) this.#taken.push(taken);
    }
    return this.#taken[0];
  }

  /** Writes the next batch; false if it must be sent again. */
  async #send(): Promise<boolean> {
    const { store, ownerId, clock, leaseMs, log } = this.#parts;
    const next = this.#taken[0];
    if (next === undefined) return true;
    const cancel = clock.after(SLOW_MS, () => {
      this.#isSlow = true;
      log(`the call store is slow: a write has taken ${SLOW_MS} ms and is not done; calls go on`);
    });
    try {
      const { changes, events } = next;
      await store.append({ ownerId, leaseUntil: clock.now() + leaseMs, changes, events });
      this.#taken.shift();
    } catch (error) {
      const code = error instanceof StoreError ? error.code : 'BUG';
      if (!(error instanceof StoreError && error.isAboutData)) {
        this.#noteFailure(code);
        return false;
      }
      this.#taken.splice(0, 1, ...(halves(next) ?? []));
      if (next.changes.length + next.events.length === 1) {
        this.#refused++;
        log(`the call store refused an event (${code}); it is lost, the others are not`);
      }
    } finally {
      cancel();
    }
    this.#noteSuccess();
    return true;
  }

  #noteFailure(code: string): void {
    if (this.#failure === null)
      this.#parts.log(`the call store is down (${code}); calls go on, and their events are queued`);
    this.#failure = code;
  }

  #noteSuccess(): void {
    if (this.#failure !== null || this.#isSlow) {
      const lost = this.dropped - this.#droppedBefore;
      this.#parts.log(`the call store is back; ${lost === 0 ? 'nothing was' : `${lost} events were`} lost`);
    }
    this.#failure = null;
    this.#isSlow = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#droppedBefore = this.dropped;
    this.#hasLoggedLoss = false;
  }

  /** Logged once an outage. */
  #noteLoss(): void {
    if (this.#hasLoggedLoss || this.dropped === this.#droppedBefore) return;
    this.#hasLoggedLoss = true;
    this.#parts.log('the queue for the call store is full; its oldest events are being dropped');
  }

  #resolveWaiters(): void {
    const oldest = this.#oldest;
    const through = this.#waiters.filter(({ upTo }) => upTo < oldest);
    this.#waiters = this.#waiters.filter(({ upTo }) => upTo >= oldest);
    for (const { resolve } of through) resolve();
  }
}
