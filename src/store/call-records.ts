// The records of this process's calls: written as things happen, handed over, taken up. Whatever the store does, a call
// goes on: nothing here is waited for longer than a caller would.
import type { ResumeState } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallFacts, CallId, EndReason } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { keepLeases } from './leases.ts';
import { type StoreState, StoreWriter } from './store-writer.ts';

/** A process that has not said for so long that it has a call is taken for dead. */
const LEASE_MS = 15_000;
/** Twilio waits 15 s for an answer; a caller hears silence meanwhile. */
const TAKE_UP_WITHIN_MS = 3_000;
const HAND_OVER_WITHIN_MS = 2_000;
const CLOSE_WITHIN_MS = 3_000;
const ERASE_EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

export interface CallRecordsParts {
  readonly store: CallStore;
  /** By a name that no other process and no earlier one had. */
  readonly ownerId: string;
  readonly clock: Clock;
  readonly keepsWords: boolean;
  /** 0: records are kept for ever. */
  readonly retentionDays: number;
  /** What another process needs to go on with a call; null where it is not here any more. */
  readonly resumeOf: (callId: CallId) => ResumeState | null;
  readonly liveCalls: () => readonly CallId[];
  /** Another process has the call by now. */
  readonly onTaken: (callId: CallId) => void;
  /** Lines without personal data. */
  readonly log: (line: string) => void;
}

/** What is known of a call that this process never had, or has forgotten. */
export type Known =
  | {
      readonly is: 'ours';
      readonly call: CallFacts;
      readonly resume: ResumeState;
      readonly wasLost: boolean;
    }
  | { readonly is: 'ended'; readonly reason: EndReason }
  /** Another process is taking it at this moment. */
  | { readonly is: 'theirs' }
  | { readonly is: 'unknown' };

/** After these, what another process would need has changed. */
const CHANGES: ReadonlySet<CallEvent['type']> = new Set<CallEvent['type']>([
  'call-started',
  'call-taken-up',
  'line-connected',
  'turn-started',
  'reply-heard',
  'turn-finished',
  'transfer-began',
  'transfer-failed',
  'digits-sent',
]);

export class CallRecords {
  readonly #parts: CallRecordsParts;
  readonly #writer: StoreWriter;
  readonly #stopLeases: () => void;
  #stopErasing = (): void => {};

  constructor(parts: CallRecordsParts) {
    this.#parts = parts;
    const { store, ownerId, clock, keepsWords, log, liveCalls, onTaken } = parts;
    this.#writer = new StoreWriter({ store, ownerId, clock, leaseMs: LEASE_MS, keepsWords, log });
    this.#stopLeases = keepLeases({ store, ownerId, clock, leaseMs: LEASE_MS, liveCalls, onTaken });
    this.#erase();
  }

  get state(): StoreState {
    return this.#writer.state;
  }

  get queued(): number {
    return this.#writer.queued;
  }

  get dropped(): number {
    return this.#writer.dropped;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    this.#writer.take(event);
    if (!CHANGES.has(event.type)) return;
    const resume = this.#parts.resumeOf(event.callId);
    if (resume !== null) this.#writer.keep(event.callId, resume);
  };

  /** R2: whoever is asked next gets the call. Resolves when that is written, or takes too long; never rejects. */
  async handOver(callId: CallId, resume: ResumeState): Promise<void> {
    const { store, ownerId, log } = this.#parts;
    // Events are told behind the work at hand, and the last of this call must come before its release.
    await new Promise((resolve) => setImmediate(resolve));
    this.#writer.keep(callId, resume);
    const released = this.#writer.flush().then(() => store.release(callId, ownerId));
    const isDone = await this.#within(
      HAND_OVER_WITHIN_MS,
      released.then(() => true),
    );
    if (isDone !== true) log('the call store did not take a hand-over in time; the call is taken for lost');
  }

  /** R3: takes the call for this process, if it is to be had. Never rejects. */
  async takeUp(callId: CallId): Promise<Known> {
    return (await this.#within(TAKE_UP_WITHIN_MS, this.#takeUp(callId))) ?? { is: 'unknown' };
  }

  /** Writes what it can; resolves when the store is closed. */
  async close(): Promise<void> {
    this.#stopLeases();
    this.#stopErasing();
    const lost = await this.#writer.close(CLOSE_WITHIN_MS);
    if (lost > 0) this.#parts.log(`${lost} events could not be stored before the process left`);
    await this.#parts.store.close();
  }

  async #takeUp(callId: CallId): Promise<Known> {
    const { store, ownerId, clock } = this.#parts;
    const record = await store.load(callId);
    if (record === null) return { is: 'unknown' };
    if (record.ended !== null) return { is: 'ended', reason: record.ended.reason };
    const now = clock.now();
    const claim = { ownerId, now, leaseUntil: now + LEASE_MS, evenFrom: record.claims };
    const claimed = await store.claim(callId, claim);
    if (claimed === null) return { is: 'theirs' };
    const { from, to, resume } = claimed;
    if (resume === null) return { is: 'unknown' };
    const call = { id: callId, from, to, parameters: resume.parameters };
    return { is: 'ours', call, resume, wasLost: record.holder !== null };
  }

  /** null: it failed, or took too long. */
  #within<T>(ms: number, doing: Promise<T>): Promise<T | null> {
    const { promise, resolve } = Promise.withResolvers<T | null>();
    const takeBack = this.#parts.clock.after(ms, () => resolve(null));
    doing.then(resolve, () => resolve(null)).finally(takeBack);
    return promise;
  }

  #erase(): void {
    const { store, clock, retentionDays, log } = this.#parts;
    if (retentionDays === 0) return;
    store.eraseOlderThan(clock.now() - retentionDays * DAY_MS).then(
      (erased) => (erased > 0 ? log(`${erased} calls older than RETENTION_DAYS were erased`) : undefined),
      () => log('old calls could not be erased; it is tried again'),
    );
    this.#stopErasing = clock.after(ERASE_EVERY_MS, () => this.#erase());
  }
}
