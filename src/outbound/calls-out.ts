// Calls out, from the request to whoever answers: written down first, then dialled once, then followed by what the carrier
// says of them, which comes late, twice and out of order, and to any process. From the answer on a call out is a call.
import type { Assignment } from '../call/assignment.ts';
import type { Placed } from '../call/call-control.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEventBody, CallFacts, CallId, EndReason } from '../call/call.ts';
import { newOutboundId } from '../call/call-id.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import type { DialQueue } from './dial-queue.ts';
import type { Fences } from './fences/fences.ts';
import { ERASED, FULL, KEY_OF_ANOTHER, OFF, refused, STORE_DOWN } from './refusals.ts';

/** The same request within a day is the same call. */
const KEEP_KEYS_MS = 86_400_000;
/** On top of the ringing, for the carrier to say what came of it. */
const STATUS_WAIT_MS = 60_000;
const SWEEP_EVERY_MS = 10_000;
const SWEPT_AT_ONCE = 20;
/** A call whose process is gone and of which nobody has asked since: it is over, whoever hung up. */
const FORGOTTEN_MS = 120_000;
const MOST_REFUSALS = 5;
/** Asked for so long ago and never dialled: it may be night by now where they live. */
const STALE_MS = 300_000;

/** What the carrier is asked. */
export interface Dialling {
  readonly callId: CallId;
  readonly from: string;
  readonly to: string;
  readonly ringTimeoutS: number;
  readonly maxMinutes: number;
  /** `message-end` waits for a machine to have spoken, so that something can be left on it. */
  readonly detect: 'machine' | 'message-end';
}

export type Dialled =
  | { readonly is: 'placed'; readonly sid: string }
  | { readonly is: 'refused'; readonly code: number }
  /** Certainly not placed; worth trying again. */
  | { readonly is: 'busy' }
  /** No answer, or none that tells: it may ring by now. */
  | { readonly is: 'unknown' };

/** A call out of which this process tells from now on. */
export interface Following {
  readonly callId: CallId;
  readonly assignment: Assignment;
  readonly sid: string | null;
  /** When it was asked for, and counted. */
  readonly startedAt: number;
  /** Whether the carrier may know of it. */
  readonly isDialled: boolean;
}

export interface CallsOutParts {
  readonly clock: Clock;
  readonly ownerId: string;
  /** The number that whoever is called sees; '' where calling out is off. */
  readonly from: string;
  readonly fences: Pick<Fences, 'check'>;
  readonly queue: Pick<DialQueue, 'add' | 'cancel' | 'refusal'>;
  readonly dial: (dialling: Dialling) => Promise<Dialled>;
  readonly hangUp: (sid: string) => Promise<void>;
  readonly store: Pick<CallStore, 'load' | 'reserve' | 'abandoned' | 'claim' | 'release' | 'steer'>;
  readonly leaseMs: number;
  readonly records: {
    keepAssignment(callId: CallId, at: number, assignment: Assignment): void;
    /** False: it could not be written in time. */
    flush(): Promise<boolean>;
  };
  readonly emit: (callId: CallId, event: CallEventBody) => void;
  /** The call is this process's from now on, before anything is told of it. */
  readonly follow: (call: Following) => void;
  readonly isFull: () => boolean;
  /** Somebody is there: the call begins. */
  readonly begin: (call: CallFacts) => void;
  /** Whether the call is in progress here, or was a moment ago. */
  readonly isKnown: (callId: CallId) => boolean;
  /** Another process tells of it. */
  readonly unfollow: (callId: CallId) => void;
  /** Whether it is this process that tells of the call: until it is settled. */
  readonly isFollowed: (callId: CallId) => boolean;
  /** It reached nobody, or its process died over it: what was wanted of it is made, as far as that goes. */
  readonly settle: (callId: CallId, reason: EndReason) => void;
  /** Lines without personal data. */
  readonly log: (line: string) => void;
}

/** A call that was not answered yet, and is this process's. */
interface Pending {
  readonly assignment: Assignment;
  sid: string | null;
  hasRung: boolean;
  /** It is not wanted any more, and the carrier is still to be told so. */
  isCanceled: boolean;
  /** How often the carrier said that it is busy. */
  refusals: number;
  takeBackWatch: () => void;
}

export class CallsOut {
  readonly #parts: CallsOutParts;
  readonly #pending = new Map<CallId, Pending>();
  /** Requests under way, by their key: the same one at once is the same call. */
  readonly #placing = new Map<string, Promise<Placed>>();
  #takeBackSweep: () => void;
  #isClosed = false;

  constructor(parts: CallsOutParts) {
    this.#parts = parts;
    this.#takeBackSweep = parts.clock.after(SWEEP_EVERY_MS, () => void this.#sweep());
  }

  /** Calls that were not answered yet. */
  get ids(): readonly CallId[] {
    return [...this.#pending.keys()];
  }

  get count(): number {
    return this.#pending.size;
  }

  place(
    assignment: Assignment,
    idempotency: { readonly key: string; readonly fingerprint: string } | null,
  ): Promise<Placed> {
    if (idempotency === null) return this.#place(newOutboundId(), assignment);
    const { key, fingerprint } = idempotency;
    const under = JSON.stringify([key, fingerprint]);
    const known = this.#placing.get(under);
    if (known !== undefined) return known;
    const placing = this.#placeOnce(key, fingerprint, assignment).finally(() => this.#placing.delete(under));
    this.#placing.set(under, placing);
    return placing;
  }

  /** Somebody picked up. Returns the call, or null where it is not to be had: then the line is closed. */
  async answered(callId: CallId, sid: string): Promise<CallFacts | null> {
    const { emit, begin, follow, clock } = this.#parts;
    if (this.#parts.isKnown(callId)) return null;
    const pending = this.#pending.get(callId);
    const record = pending === undefined ? await this.#claim(callId, true) : null;
    const assignment = pending?.assignment ?? record?.assignment ?? null;
    if (assignment === null || (record !== null && record.ended !== null)) return null;
    this.#forget(callId);
    const startedAt = record?.startedAt ?? clock.now();
    follow({ callId, assignment, sid, startedAt, isDialled: true });
    if (pending?.sid !== sid && record?.sid !== sid) emit(callId, { type: 'call-placed', sid });
    emit(callId, { type: 'call-answered' });
    const call = {
      id: callId,
      from: this.#parts.from,
      to: assignment.to,
      parameters: {},
      carrier: { sid },
      outbound: { assignment },
    };
    begin(call);
    return call;
  }

  /** What the carrier tells of a call that is not in progress here. */
  async hearStatus(callId: CallId, sid: string, status: string): Promise<void> {
    if (!this.#pending.has(callId) && !(await this.#bringHere(callId, { type: 'status', sid, status })))
      return;
    const pending = this.#pending.get(callId);
    if (pending === undefined) return;
    if (pending.sid === null) {
      pending.sid = sid;
      this.#parts.emit(callId, { type: 'call-placed', sid });
      if (pending.isCanceled) this.#hangUp(sid);
    }
    if (status === 'ringing' && !pending.hasRung) {
      pending.hasRung = true;
      this.#parts.emit(callId, { type: 'call-rang' });
    }
    const reason = NOBODY_REACHED[status];
    if (reason !== undefined) this.#end(callId, pending, reason);
  }

  /** Before anybody has answered. False: it is not waiting here. */
  cancel(callId: CallId): boolean {
    const pending = this.#pending.get(callId);
    if (pending === undefined) return false;
    if (this.#parts.queue.cancel(callId)) this.#end(callId, pending, 'canceled');
    // The carrier then says that it is canceled, or that somebody was faster and picked up.
    else if (pending.sid !== null) this.#hangUp(pending.sid);
    else pending.isCanceled = true;
    return true;
  }

  /** Another process has the call by now. */
  letGo(callId: CallId): void {
    this.#parts.queue.cancel(callId);
    this.#forget(callId);
  }

  /** What waits is another process's from now on. Never rejects. */
  async close(): Promise<void> {
    const { store, ownerId } = this.#parts;
    this.#isClosed = true;
    this.#takeBackSweep();
    const left = this.ids;
    for (const callId of left) this.letGo(callId);
    await Promise.all(left.map((callId) => store.release(callId, ownerId).catch(() => {})));
  }

  async #placeOnce(key: string, fingerprint: string, assignment: Assignment): Promise<Placed> {
    const { store, clock } = this.#parts;
    const wanted = { callId: newOutboundId(), fingerprint };
    const kept = await store.reserve(key, wanted, clock.now(), KEEP_KEYS_MS).catch(() => null);
    if (kept === null) return refused(STORE_DOWN);
    if (kept.fingerprint !== fingerprint) return refused(KEY_OF_ANOTHER);
    // A request that was refused left no call: it may be made again.
    if (kept.callId !== wanted.callId && (await store.load(kept.callId)) !== null)
      return { is: 'placed', callId: kept.callId, isNew: false };
    return this.#place(kept.callId, assignment);
  }

  async #place(callId: CallId, assignment: Assignment): Promise<Placed> {
    const { clock, from, fences, queue, records, store, ownerId, emit, isFull } = this.#parts;
    if (from === '') return refused(OFF);
    if (isFull()) return refused(FULL);
    const full = queue.refusal();
    if (full !== null) return refused(full);
    const startedAt = clock.now();
    const { to, maxMinutes } = assignment;
    const refusal = await fences.check({ to, maxMinutes, at: startedAt });
    if (refusal !== null) return refused(refusal);
    this.#parts.follow({ callId, assignment, sid: null, startedAt, isDialled: false });
    records.keepAssignment(callId, startedAt, assignment);
    emit(callId, { type: 'call-queued', from, to, profile: assignment.profile });
    const pending: Pending = {
      assignment,
      sid: null,
      hasRung: false,
      isCanceled: false,
      refusals: 0,
      takeBackWatch: () => {},
    };
    this.#pending.set(callId, pending);
    // What is not written down would be dialled again by nobody, or by two.
    const isWritten = await records.flush();
    const record = isWritten ? await store.load(callId).catch(() => null) : null;
    if (record === null) {
      this.#end(callId, pending, 'canceled');
      return refused(isWritten ? ERASED : STORE_DOWN);
    }
    // The same request came to another process too, and that one dials.
    if (record.holder?.ownerId !== ownerId) {
      this.#forget(callId);
      this.#parts.unfollow(callId);
      return { is: 'placed', callId, isNew: false };
    }
    if (!this.#enqueue(callId, pending)) {
      this.#end(callId, pending, 'canceled');
      return refused(queue.refusal() ?? FULL);
    }
    return { is: 'placed', callId, isNew: true };
  }

  #enqueue(callId: CallId, pending: Pending): boolean {
    return this.#parts.queue.add(callId, () => void this.#dial(callId, pending));
  }

  async #dial(callId: CallId, pending: Pending): Promise<void> {
    const { from, emit, records, dial, log } = this.#parts;
    const { to, ringTimeoutS, maxMinutes, voicemail } = pending.assignment;
    emit(callId, { type: 'call-dialled' });
    if (!(await records.flush())) {
      log('a call out was not dialled: the call store did not take it');
      return this.#end(callId, pending, 'canceled');
    }
    if (pending.isCanceled) return this.#end(callId, pending, 'canceled');
    const detect = voicemail === null ? 'machine' : 'message-end';
    const dialled = await dial({ callId, from, to, ringTimeoutS, maxMinutes, detect });
    if (this.#pending.get(callId) !== pending) return;
    switch (dialled.is) {
      case 'placed':
        if (pending.sid === null) emit(callId, { type: 'call-placed', sid: dialled.sid });
        pending.sid = dialled.sid;
        if (pending.isCanceled) this.#hangUp(dialled.sid);
        return this.#watch(callId, pending);
      case 'unknown':
        log('Twilio did not say whether it placed a call out; it is not tried again');
        return this.#watch(callId, pending);
      case 'busy':
        if (++pending.refusals > MOST_REFUSALS || !this.#enqueue(callId, pending))
          this.#end(callId, pending, 'carrier-rejected');
        return;
      case 'refused':
        log(`Twilio refused a call out: https://www.twilio.com/docs/api/errors/${dialled.code}`);
        return this.#end(callId, pending, 'carrier-rejected');
    }
  }

  /** Every call has an end, also where the carrier never tells it. */
  #watch(callId: CallId, pending: Pending): void {
    const { clock } = this.#parts;
    pending.takeBackWatch();
    const ms = pending.assignment.ringTimeoutS * 1000 + STATUS_WAIT_MS;
    pending.takeBackWatch = clock.after(ms, () => {
      if (pending.sid !== null) this.#hangUp(pending.sid);
      this.#end(callId, pending, 'never-known');
    });
  }

  #hangUp(sid: string): void {
    this.#parts.hangUp(sid).catch(() => this.#parts.log('Twilio could not be told to end a call out'));
  }

  #end(callId: CallId, pending: Pending, reason: EndReason): void {
    if (this.#pending.get(callId) !== pending) return;
    this.#forget(callId);
    this.#parts.emit(callId, { type: 'call-ended', reason, durationMs: 0 });
    this.#parts.settle(callId, reason);
  }

  #forget(callId: CallId): void {
    this.#pending.get(callId)?.takeBackWatch();
    this.#pending.delete(callId);
  }

  /** Whether the call is pending here now; where another process has it, that is told `otherwise`. */
  async #bringHere(callId: CallId, otherwise: Steering): Promise<boolean> {
    const { store, clock, records, isFollowed } = this.#parts;
    // What ended here a moment ago is to be found ended: the last status comes twice.
    if (isFollowed(callId) || !(await records.flush())) return false;
    const record = await store.load(callId).catch(() => null);
    if (record === null || record.ended !== null || record.assignment === null) return false;
    const isHeld = record.holder !== null && record.holder.leaseUntil >= clock.now();
    if (isHeld && record.holder?.ownerId !== this.#parts.ownerId) {
      await store.steer(callId, otherwise, clock.now()).catch(() => {});
      return false;
    }
    const claimed = await this.#claim(callId, false);
    // Meanwhile somebody may have answered.
    if (claimed === null || claimed.assignment === null || isFollowed(callId)) return false;
    this.#adopt(claimed, claimed.assignment);
    return true;
  }

  #adopt({ id, sid, stage, startedAt }: CallRecord, assignment: Assignment): Pending {
    const hasRung = stage === 'ringing' || stage === 'in-progress';
    this.#parts.follow({ callId: id, assignment, sid, startedAt, isDialled: stage !== 'queued' });
    const pending: Pending = {
      assignment,
      sid,
      hasRung,
      isCanceled: false,
      refusals: 0,
      takeBackWatch: () => {},
    };
    this.#pending.set(id, pending);
    return pending;
  }

  async #claim(callId: CallId, evenFromHolder: boolean): Promise<CallRecord | null> {
    const { store, ownerId, clock, leaseMs } = this.#parts;
    try {
      const record = await store.load(callId);
      if (record === null) return null;
      const now = clock.now();
      const evenFrom = evenFromHolder ? record.claims : null;
      return await store.claim(callId, { ownerId, now, leaseUntil: now + leaseMs, evenFrom });
    } catch {
      return null;
    }
  }

  /** Calls whose process is gone. What was not dialled yet is dialled; what may have been is not dialled again. */
  async #sweep(): Promise<void> {
    const { store, clock } = this.#parts;
    const abandoned = await store.abandoned(clock.now(), SWEPT_AT_ONCE).catch(() => []);
    for (const found of abandoned) {
      const { id, stage, lastAt } = found;
      // Its stream is gone with its process: Twilio asks what next, or says that it is over.
      const isAskedAbout = stage === 'in-progress' && clock.now() - lastAt < FORGOTTEN_MS;
      if (isAskedAbout || this.#isOurs(id) || this.#isClosed) continue;
      const record = await this.#claim(id, false);
      if (record === null || record.assignment === null || this.#isOurs(id)) continue;
      this.#goOnWith(record, record.assignment);
    }
    if (!this.#isClosed) this.#takeBackSweep = clock.after(SWEEP_EVERY_MS, () => void this.#sweep());
  }

  #isOurs(callId: CallId): boolean {
    return this.#pending.has(callId) || this.#parts.isFollowed(callId);
  }

  #goOnWith(record: CallRecord, assignment: Assignment): void {
    const { clock, settle, emit, follow } = this.#parts;
    const { id, sid, stage, startedAt, ended } = record;
    follow({ callId: id, assignment, sid, startedAt, isDialled: stage !== 'queued' });
    if (ended !== null) return settle(id, ended.reason);
    if (stage === 'in-progress') {
      emit(id, { type: 'call-ended', reason: 'line-lost', durationMs: record.lastAt - record.startedAt });
      return settle(id, 'line-lost');
    }
    const pending = this.#adopt(record, assignment);
    if (stage !== 'queued') return this.#watch(id, pending);
    const isStale = clock.now() - startedAt > STALE_MS;
    if (isStale || !this.#enqueue(id, pending)) this.#end(id, pending, 'canceled');
  }
}

/** The carrier's last words on a call that nobody has joined. */
const NOBODY_REACHED: Readonly<Record<string, EndReason>> = {
  busy: 'callee-busy',
  'no-answer': 'no-answer',
  failed: 'unreachable',
  canceled: 'canceled',
  // Answered and over before its stream was there.
  completed: 'no-stream',
};
