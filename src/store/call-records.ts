// The records of this process's calls: written as events happen, handed over to other processes, claimed from them. No wait
// here is longer than a caller would bear: whatever the store does, the call goes on.
import type { Assignment } from '../call/assignment.ts';
import type { CallResult } from '../call/call-result.ts';
import type { CallRecord, ResumeState } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallFacts, CallId, EndReason } from '../call/call.ts';
import type { PriceTable } from '../call/prices.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import { LineClaims } from './line-claims.ts';
import { Presence } from './presence.ts';
import { StoreWriter } from './store-writer.ts';
import { Summaries } from './summaries.ts';
import { repeat, within } from '../call/waiting.ts';

/** A process that does not renew its lease for this long counts as dead. Renewed three times within. */
export const LEASE_MS = 15_000;
const STEER_EVERY_MS = 500;
/** Older steerings are dropped, because the conversation has moved on. Longer than a hand-over takes. */
const STALE_AFTER_MS = 30_000;
/**
 * How long a claim may take. The caller hears silence meanwhile: a conversation is worth the wait, and a call that only comes
 * in (O10) has none yet. A store that is known to be slow or down will hardly answer later.
 */
const CLAIM_MS = { known: { ok: 3_000, inTrouble: 1_000 }, new: { ok: 700, inTrouble: 300 } } as const;
/** A process that started a call a moment ago may not have written it yet. */
const WRITTEN_WITHIN_MS = 1_000;
const LOOK_AGAIN_MS = 50;
/** A process that is letting go of a call needs a few milliseconds more. */
const RELEASED_WITHIN_MS = 300;
const HAND_OVER_WITHIN_MS = 2_000;
/** The API's client waits meanwhile. */
const FLUSH_WITHIN_MS = 2_000;
const CLOSE_WITHIN_MS = 3_000;
/** Of the calls that ended as the process stopped. */
const SUM_UP_WITHIN_MS = 1_000;
const ERASE_EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

export interface CallRecordsParts {
  readonly store: CallStore;
  /** Unique among all processes, earlier ones included. */
  readonly ownerId: string;
  readonly clock: Clock;
  readonly keepsWords: boolean;
  /** 0: records are kept forever. */
  readonly retentionDays: number;
  /** With which a call's summary is counted. */
  readonly prices: PriceTable;
  /** What another process needs to continue the call; null if it is no longer here. */
  readonly resumeOf: (callId: CallId) => ResumeState | null;
  readonly liveCalls: () => readonly CallId[];
  /** Another process has the call. */
  readonly onTaken: (callId: CallId) => void;
  /** Another process asks for this to be done with a call that this process has. Must not throw. */
  readonly onSteering: (callId: CallId, steering: Steering) => void;
  /** Lines without personal data. */
  readonly log: (line: string) => void;
}

/** What a claim finds of a call that this process never had, or has forgotten. */
export type Known =
  | {
      readonly is: 'ours';
      readonly call: CallFacts;
      readonly resume: ResumeState;
      readonly wasLost: boolean;
    }
  /** An outbound call that is ours now, and was not started: it starts here. */
  | { readonly is: 'not-begun'; readonly call: CallFacts }
  | { readonly is: 'ended'; readonly reason: EndReason }
  | { readonly is: 'held' }
  /** Another process claims it at this moment. */
  | { readonly is: 'theirs' }
  | { readonly is: 'unknown' };

/** After these events, another process would need a new state to resume from. */
const CHANGES: ReadonlySet<CallEvent['type']> = new Set<CallEvent['type']>([
  'call-started',
  'call-taken-up',
  'line-connected',
  'caller-said',
  'digits-pressed',
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
  readonly writer: StoreWriter;
  readonly #parts: CallRecordsParts;
  readonly #presence: Presence;
  readonly #lines: LineClaims;
  readonly #summaries: Summaries;
  readonly #stops: readonly (() => void)[];

  constructor(parts: CallRecordsParts) {
    this.#parts = parts;
    const { store, ownerId, clock, keepsWords, log, liveCalls, prices } = parts;
    this.writer = new StoreWriter({ store, ownerId, clock, leaseMs: LEASE_MS, keepsWords, log });
    this.#summaries = new Summaries(store, this.writer, prices, () =>
      log('could not sum up a call that ended'),
    );
    this.#presence = new Presence({ store, ownerId, clock });
    this.#lines = new LineClaims({ store, ownerId, clock, leaseMs: LEASE_MS, liveCalls });
    this.#stops = [
      repeat(clock, LEASE_MS / 3, (stopped) => this.#renew(stopped)),
      repeat(clock, STEER_EVERY_MS, (stopped) => this.#takeSteerings(stopped)),
      this.#presence.stop,
      repeat(clock, ERASE_EVERY_MS, () => this.#eraseOld()),
    ];
    void this.#eraseOld();
  }

  readonly take = (event: CallEvent): void => {
    this.writer.take(event);
    this.#lines.take(event);
    this.#summaries.take(event);
    if (!CHANGES.has(event.type)) return;
    const resume = this.#parts.resumeOf(event.callId);
    if (resume !== null) this.writer.keep(event.callId, resume);
  };

  /** Starts an outbound call's record. Its words stay until the call is settled, even if no words may be kept. */
  keepAssignment(callId: CallId, at: number, assignment: Assignment): void {
    this.writer.keepAssignment(callId, at, assignment);
  }

  wantResult(callId: CallId, at: number): void {
    this.writer.wantResult(callId, at);
  }

  /** The call needs nothing more; `result` null: none was requested. */
  settle(callId: CallId, at: number, result: CallResult | null): void {
    this.writer.settle(callId, at, result);
  }

  /**
   * Resolves with whether everything taken so far is written; false if some of it is lost or it takes too long. Never
   * rejects. An outbound call is dialled only after this.
   */
  async flush(): Promise<boolean> {
    // Events are delivered after the current task.
    await new Promise((resolve) => setImmediate(resolve));
    const { dropped } = this.writer;
    const written = this.writer.flush().then(() => this.writer.dropped === dropped);
    return within(this.#parts.clock, FLUSH_WITHIN_MS, written, false);
  }

  /** Whether other processes can see that this one is there; before that, a process that stops would not hand calls to it. */
  get isKnown(): boolean {
    return this.#presence.isKnown;
  }

  /** Whether another process shares the records and is not leaving; false if the store cannot tell. Never rejects. */
  othersAreHere(): Promise<boolean> {
    return this.#presence.othersAreHere();
  }

  /** R2: no other process hands a call to this one, once this has resolved. Never rejects. */
  leaving(): Promise<void> {
    return this.#presence.leave();
  }

  /** R11: the process with this owner ID is dead: no process that leaves counts on it. Never rejects. */
  async bury(ownerId: string): Promise<void> {
    const { store, clock } = this.#parts;
    await store.beat(ownerId, clock.now(), true, -Infinity).catch(() => {});
  }

  /**
   * R2: the process that Twilio asks next gets the call. Twilio does so as soon as `close` has closed the line; what was
   * heard until then, which `close` returns, follows with the release (R7). Resolves when all is written or takes too long;
   * never rejects.
   */
  async handOver(callId: CallId, resume: ResumeState, close: () => ResumeState): Promise<void> {
    const { store, ownerId, clock, log } = this.#parts;
    // Events are delivered after the current task, and the last of this call must precede its release.
    await new Promise((resolve) => setImmediate(resolve));
    this.writer.keep(callId, resume);
    await within(clock, HAND_OVER_WITHIN_MS, this.writer.flush(), undefined);
    this.writer.keep(callId, close());
    const released = this.writer
      .flush()
      .then(() => store.release(callId, ownerId))
      .then(
        () => true,
        () => false,
      );
    if (!(await within(clock, HAND_OVER_WITHIN_MS, released, false)))
      log('the call store did not take a hand-over in time; the next process treats the call as lost');
  }

  /**
   * R3: claims the call for this process. Never rejects.
   *
   * @param sid by which the carrier asks about it: the record of an outbound call may not know that yet.
   * @param isNew it comes in at this moment, and can begin here.
   */
  async claim(callId: CallId, sid?: string, isNew = false): Promise<Known> {
    const { clock } = this.#parts;
    const unknown = { is: 'unknown' } as const;
    const ms = CLAIM_MS[isNew ? 'new' : 'known'][this.writer.state === 'ok' ? 'ok' : 'inTrouble'];
    const taking = this.#claim(callId, sid, clock.now() + ms).catch(() => unknown);
    return within(clock, ms, taking, unknown);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await within(this.#parts.clock, SUM_UP_WITHIN_MS, this.#summaries.idle(), undefined);
    const lost = await this.writer.close(CLOSE_WITHIN_MS);
    if (lost > 0) this.#parts.log(`could not store ${lost} events before the process stopped`);
    await this.#parts.store.close();
  }

  async #claim(callId: CallId, sid: string | undefined, until: number): Promise<Known> {
    const { store, ownerId, clock } = this.#parts;
    const record = await this.#released(callId, await this.#find(callId));
    if (record === null) return { is: 'unknown' };
    if (record.ended !== null) return { is: 'ended', reason: record.ended.reason };
    if (record.holder?.ownerId === ownerId && this.#parts.resumeOf(callId) !== null) return { is: 'held' };
    const now = clock.now();
    // Nobody waits for the answer any more, and another process may have the caller by now.
    if (now >= until) return { is: 'unknown' };
    const claim = { ownerId, now, leaseUntil: now + LEASE_MS, evenFrom: record.claims };
    const claimed = await store.claim(callId, claim);
    if (claimed === null) return { is: 'theirs' };
    const call = factsOf(claimed, sid);
    if (claimed.resume !== null)
      return {
        is: 'ours',
        call,
        resume: claimed.resume,
        wasLost: record.holder !== null && !claimed.resume.isWhole,
      };
    return call.outbound === undefined ? { is: 'unknown' } : { is: 'not-begun', call };
  }

  /** The carrier asks about a call, so some process has started it. */
  async #find(callId: CallId): Promise<CallRecord | null> {
    const { store, clock } = this.#parts;
    const until = clock.now() + WRITTEN_WITHIN_MS;
    for (;;) {
      const record = await store.load(callId);
      if (record !== null || clock.now() >= until) return record;
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
    }
  }

  /** A call that another process holds by now is no longer ours: it must be released without touching the call itself. */
  async #renew(stopped: AbortSignal): Promise<void> {
    const { store, ownerId, clock, liveCalls, onTaken } = this.#parts;
    const calls = liveCalls();
    if (calls.length === 0) return;
    const taken = await store.renew(ownerId, calls, clock.now() + LEASE_MS).catch(() => []);
    if (stopped.aborted) return;
    for (const callId of taken) if (!this.#lines.insists(callId)) onTaken(callId);
  }

  async #takeSteerings(stopped: AbortSignal): Promise<void> {
    const { store, ownerId, clock, liveCalls, onSteering } = this.#parts;
    if (liveCalls().length === 0) return;
    const taken = await store.takeSteerings(ownerId, clock.now() - STALE_AFTER_MS).catch(() => []);
    if (!stopped.aborted) for (const { callId, steering } of taken) onSteering(callId, steering);
  }

  /** R6: a process that lets go of the call in order closes its line first, and adds what it heard until then. */
  async #released(callId: CallId, record: CallRecord | null): Promise<CallRecord | null> {
    const { store, ownerId, clock } = this.#parts;
    const until = clock.now() + RELEASED_WITHIN_MS;
    let latest = record;
    while (
      latest?.holder &&
      latest.holder.ownerId !== ownerId &&
      latest.resume?.isWhole &&
      clock.now() < until
    ) {
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
      latest = await store.load(callId);
    }
    return latest;
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
