// The records of this process's calls: written as things happen, handed over, taken up. Whatever the store does, a call
// goes on: nothing here is waited for longer than a caller would.
import type { Assignment } from '../call/assignment.ts';
import type { CallResult } from '../call/call-result.ts';
import type { CallRecord, ResumeState } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallFacts, CallId, EndReason } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import { keepLeases } from './leases.ts';
import { LineClaims } from './line-claims.ts';
import { Presence } from './presence.ts';
import { takeSteerings } from './steerings.ts';
import { type StoreState, StoreWriter } from './store-writer.ts';
import { repeat, within } from '../call/waiting.ts';

/** A process that has not said for so long that it has a call is taken for dead. */
export const LEASE_MS = 15_000;
/** Twilio waits 15 s for an answer; a caller hears silence meanwhile. */
const TAKE_UP_WITHIN_MS = 3_000;
/** Whoever began a call a moment ago may not have written it yet. */
const WRITTEN_WITHIN_MS = 1_000;
const LOOK_AGAIN_MS = 50;
const HAND_OVER_WITHIN_MS = 2_000;
/** Whoever asked for a call out waits for it. */
const FLUSH_WITHIN_MS = 2_000;
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
  /** Somebody, at this process or another, wants this done with a call that this process has. Must not throw. */
  readonly onSteering: (callId: CallId, steering: Steering) => void;
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
  /** A call out that is ours now, and with which nobody has begun to talk: it begins here. */
  | { readonly is: 'not-begun'; readonly call: CallFacts }
  | { readonly is: 'ended'; readonly reason: EndReason }
  /** This process has had it all along. */
  | { readonly is: 'held' }
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
  'segment-heard',
  'greeting-heard',
  'turn-finished',
  'transfer-began',
  'transfer-failed',
  'digits-sent',
]);

export class CallRecords {
  readonly #parts: CallRecordsParts;
  readonly #writer: StoreWriter;
  readonly #presence: Presence;
  readonly #lines: LineClaims;
  /** End what repeats. */
  readonly #stops: readonly (() => void)[];

  constructor(parts: CallRecordsParts) {
    this.#parts = parts;
    const { store, ownerId, clock, keepsWords, log, liveCalls, onTaken, onSteering } = parts;
    this.#writer = new StoreWriter({ store, ownerId, clock, leaseMs: LEASE_MS, keepsWords, log });
    this.#presence = new Presence({ store, ownerId, clock });
    this.#lines = new LineClaims({ store, ownerId, clock, leaseMs: LEASE_MS, liveCalls });
    const onNamed = (callId: CallId): void => {
      if (!this.#lines.insists(callId)) onTaken(callId);
    };
    this.#stops = [
      keepLeases({ store, ownerId, clock, leaseMs: LEASE_MS, liveCalls, onTaken: onNamed }),
      takeSteerings({ store, ownerId, clock, liveCalls, onSteering }),
      this.#presence.stop,
      repeat(clock, ERASE_EVERY_MS, () => this.#eraseOld()),
    ];
    void this.#eraseOld();
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
    this.#lines.take(event);
    if (!CHANGES.has(event.type)) return;
    const resume = this.#parts.resumeOf(event.callId);
    if (resume !== null) this.#writer.keep(event.callId, resume);
  };

  /** A call out begins with it. Its words stay until the call is settled, also where none may be kept: it needs them. */
  keepAssignment(callId: CallId, at: number, assignment: Assignment): void {
    this.#writer.keepAssignment(callId, at, assignment);
  }

  /** Nothing more is to be done about a call out; `result` null: none was wanted. */
  settle(callId: CallId, at: number, result: CallResult | null): void {
    this.#writer.settle(callId, at, result);
  }

  /**
   * Resolves with whether all that was taken so far is written; false where some of it is lost, or it takes too long.
   * Never rejects. A call out is dialled only after this.
   */
  async flush(): Promise<boolean> {
    // Events are told behind the work at hand.
    await new Promise((resolve) => setImmediate(resolve));
    const { dropped } = this.#writer;
    const written = this.#writer.flush().then(() => this.#writer.dropped === dropped);
    return within(this.#parts.clock, FLUSH_WITHIN_MS, written, false);
  }

  /** Whether another process shares the records and is not leaving. False where that cannot be known. Never rejects. */
  othersAreHere(): Promise<boolean> {
    return this.#presence.othersAreHere();
  }

  /** R2: from here on no other process counts on this one. */
  leaving(): void {
    this.#presence.leave();
  }

  /** R2: whoever is asked next gets the call. Resolves when that is written, or takes too long; never rejects. */
  async handOver(callId: CallId, resume: ResumeState): Promise<void> {
    const { store, ownerId, clock, log } = this.#parts;
    // Events are told behind the work at hand, and the last of this call must come before its release.
    await new Promise((resolve) => setImmediate(resolve));
    this.#writer.keep(callId, resume);
    const released = this.#writer
      .flush()
      .then(() => store.release(callId, ownerId))
      .then(
        () => true,
        () => false,
      );
    if (!(await within(clock, HAND_OVER_WITHIN_MS, released, false)))
      log('the call store did not take a hand-over in time; the call is taken for lost');
  }

  /**
   * R3: takes the call for this process, if it is to be had. Never rejects.
   *
   * @param sid by which the carrier asks about it: the record of an outbound call may not know that yet.
   */
  async takeUp(callId: CallId, sid?: string): Promise<Known> {
    const unknown = { is: 'unknown' } as const;
    const taking = this.#takeUp(callId, sid).catch(() => unknown);
    return within(this.#parts.clock, TAKE_UP_WITHIN_MS, taking, unknown);
  }

  /** Writes what it can; resolves when the store is closed. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    const lost = await this.#writer.close(CLOSE_WITHIN_MS);
    if (lost > 0) this.#parts.log(`${lost} events could not be stored before the process left`);
    await this.#parts.store.close();
  }

  async #takeUp(callId: CallId, sid: string | undefined): Promise<Known> {
    const { store, ownerId, clock } = this.#parts;
    const record = await this.#find(callId);
    if (record === null) return { is: 'unknown' };
    if (record.ended !== null) return { is: 'ended', reason: record.ended.reason };
    if (record.holder?.ownerId === ownerId && this.#parts.resumeOf(callId) !== null) return { is: 'held' };
    const now = clock.now();
    const claim = { ownerId, now, leaseUntil: now + LEASE_MS, evenFrom: record.claims };
    const claimed = await store.claim(callId, claim);
    if (claimed === null) return { is: 'theirs' };
    const call = factsOf(claimed, sid);
    if (claimed.resume !== null)
      return { is: 'ours', call, resume: claimed.resume, wasLost: record.holder !== null };
    return call.outbound === undefined ? { is: 'unknown' } : { is: 'not-begun', call };
  }

  /** A call that is asked about has begun somewhere. */
  async #find(callId: CallId): Promise<CallRecord | null> {
    const { store, clock } = this.#parts;
    const until = clock.now() + WRITTEN_WITHIN_MS;
    for (;;) {
      const record = await store.load(callId);
      if (record !== null || clock.now() >= until) return record;
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
    }
  }

  async #eraseOld(): Promise<void> {
    const { store, clock, retentionDays, log } = this.#parts;
    if (retentionDays === 0) return;
    try {
      const erased = await store.eraseOlderThan(clock.now() - retentionDays * DAY_MS);
      if (erased > 0) log(`erased ${erased} calls older than RETENTION_DAYS`);
    } catch {
      log('could not erase old calls; trying again later');
    }
  }
}

function factsOf(
  { id, from, to, resume, assignment, sid }: CallRecord,
  askedAs: string | undefined,
): CallFacts {
  const known = sid ?? askedAs ?? null;
  // Without a SID the call goes on all the same: what REST would do is left to the closed stream.
  const carrier = known === null ? null : { sid: known };
  const call = { id, from, to, parameters: resume?.parameters ?? {}, carrier };
  return assignment === null ? call : { ...call, outbound: { assignment } };
}
