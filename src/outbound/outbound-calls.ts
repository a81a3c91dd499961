// Outbound calls until somebody answers: written to the store first, then dialled once, then followed by the carrier's
// statuses, which come late, twice, out of order and to any process. Once answered, a call is like any other.
import type { Assignment } from '../call/assignment.ts';
import type { Placed } from '../call/call-control.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallFacts, CallId, EndReason } from '../call/call.ts';
import type { Rehearsed, ToRehearse } from '../call/rehearsal.ts';
import { type CarrierStatus, isOver } from '../call/steering.ts';
import type { CallToPlace, PlaceResult } from '../call/ports.ts';
import type { DialQueue } from './dial-queue.ts';
import type { Settling } from './outcome/settling.ts';
import { type Idempotency, Placing, type PlacingParts } from './placing.ts';
import { Takeover, type TakeoverParts } from './takeover.ts';

/** After the ringing, the time in which the carrier must say what came of the call. */
const STATUS_WAIT_MS = 60_000;
/** A call is dialled again while the carrier answers "busy", at most this often. */
const MOST_RETRIES = 5;

export interface OutboundCallsParts extends PlacingParts, TakeoverParts {
  readonly queue: Pick<DialQueue, 'add' | 'cancel' | 'refusal'>;
  readonly dial: (call: CallToPlace) => Promise<PlaceResult>;
  readonly hangUp: (sid: string) => Promise<void>;
  readonly store: PlacingParts['store'] & TakeoverParts['store'] & Pick<CallStore, 'release'>;
  readonly records: PlacingParts['records'];
  readonly settling: Pick<Settling, 'follow' | 'follows' | 'release' | 'settle' | 'settleInbound'>;
  /** Starts the call: somebody answered. */
  readonly begin: (call: CallFacts) => void;
  /** This process has the call, or no longer has it, until somebody answers. */
  readonly onHolding?: (callId: CallId, how: 'waiting' | 'gone') => void;
  /** Whether the call is in progress here, or was a moment ago. */
  readonly isKnown: (callId: CallId) => boolean;
  readonly log: (line: string) => void;
}

/** A call of this process that was not answered yet. */
interface Pending {
  readonly assignment: Assignment;
  sid: string | null;
  hasRung: boolean;
  /** Cancelled while the carrier was being asked: it is hung up once its SID is known. */
  isCanceled: boolean;
  retries: number;
  cancelWatch: () => void;
}

export class OutboundCalls {
  readonly #parts: OutboundCallsParts;
  readonly #pending = new Map<CallId, Pending>();
  readonly #placing: Placing;
  readonly #takeover: Takeover;

  constructor(parts: OutboundCallsParts) {
    this.#parts = parts;
    this.#placing = new Placing(parts, this);
    this.#takeover = new Takeover(parts, this);
  }

  get ids(): readonly CallId[] {
    return [...this.#pending.keys()];
  }

  get count(): number {
    return this.#pending.size;
  }

  has(callId: CallId): boolean {
    return this.#pending.has(callId);
  }

  /** The profile of a call that waits here to be answered; null for any other. */
  profileOf(callId: CallId): string | null {
    return this.#pending.get(callId)?.assignment.profile ?? null;
  }

  place(assignment: Assignment, idempotency: Idempotency | null): Promise<Placed> {
    return this.#placing.place(assignment, idempotency);
  }

  rehearse(wanted: ToRehearse): Promise<Rehearsed> {
    return this.#placing.rehearse(wanted);
  }

  /** Somebody answered. null if this process cannot claim the call; the callee is then disconnected. */
  async answered(callId: CallId, sid: string): Promise<CallFacts | null> {
    const { emit, begin, settling, clock, from, isKnown } = this.#parts;
    if (isKnown(callId)) return null;
    const pending = this.#pending.get(callId);
    const record =
      pending === undefined ? await this.#takeover.claim(callId, { evenFromHolder: true }) : null;
    const assignment = pending?.assignment ?? record?.assignment ?? null;
    if (assignment === null || (record !== null && record.ended !== null)) return null;
    this.#forget(callId);
    const startedAt = record?.startedAt ?? clock.now();
    settling.follow({ callId, assignment, sid, startedAt, isDialled: true });
    if (pending?.sid !== sid && record?.sid !== sid) emit(callId, { type: 'call-placed', sid });
    emit(callId, { type: 'call-answered' });
    const call = {
      id: callId,
      from,
      to: assignment.to,
      parameters: {},
      carrier: { sid },
      outbound: { assignment },
    };
    begin(call);
    return call;
  }

  /** The carrier's status of a call that is not in progress here. */
  async hearStatus(callId: CallId, sid: string, status: CarrierStatus): Promise<void> {
    const isHere =
      this.has(callId) || (await this.#takeover.bringHere(callId, { type: 'status', sid, status }));
    const pending = this.#pending.get(callId);
    if (!isHere || pending === undefined) return;
    if (pending.sid === null) this.#notePlaced(callId, pending, sid);
    if (status === 'ringing' && !pending.hasRung) {
      pending.hasRung = true;
      this.#parts.emit(callId, { type: 'call-rang' });
    }
    if (isOver(status)) this.#end(callId, pending, status);
  }

  /** Cancels a call that was not answered yet. False: it does not wait here. */
  cancel(callId: CallId): boolean {
    const pending = this.#pending.get(callId);
    if (pending === undefined) return false;
    if (this.#parts.queue.cancel(callId)) this.#end(callId, pending, 'canceled');
    // The carrier then reports "canceled", or that the callee answered first.
    else if (pending.sid !== null) this.#hangUp(pending.sid);
    else pending.isCanceled = true;
    return true;
  }

  release(callId: CallId): void {
    this.#parts.queue.cancel(callId);
    this.#forget(callId);
  }

  /** Leaves the calls that wait to the other processes. Never rejects. */
  async close(): Promise<void> {
    const { store, ownerId } = this.#parts;
    this.#takeover.close();
    const left = this.ids;
    for (const callId of left) this.release(callId);
    await Promise.all(left.map((callId) => store.release(callId, ownerId).catch(() => {})));
  }

  // ---- for placing and takeover ----

  add(callId: CallId, assignment: Assignment, known?: Pick<CallRecord, 'sid' | 'stage'>): void {
    this.#pending.set(callId, {
      assignment,
      sid: known?.sid ?? null,
      hasRung: known?.stage === 'ringing' || known?.stage === 'in-progress',
      isCanceled: false,
      retries: 0,
      cancelWatch: () => {},
    });
    this.#parts.onHolding?.(callId, 'waiting');
  }

  /** False: the queue does not take it. */
  enqueue(callId: CallId): boolean {
    return this.#parts.queue.add(callId, () => void this.#dial(callId));
  }

  /** Ends a call that was never dialled. */
  abandon(callId: CallId): void {
    this.#end(callId, this.#pending.get(callId), 'canceled');
  }

  /** Every call has an end, also where the carrier never reports it. */
  watch(callId: CallId): void {
    const pending = this.#pending.get(callId);
    if (pending === undefined) return;
    pending.cancelWatch();
    const ms = pending.assignment.ringTimeoutS * 1000 + STATUS_WAIT_MS;
    pending.cancelWatch = this.#parts.clock.after(ms, () => {
      if (pending.sid !== null) this.#hangUp(pending.sid);
      this.#end(callId, pending, 'never-known');
    });
  }

  // ---- dialling ----

  async #dial(callId: CallId): Promise<void> {
    const { from, emit, records, dial, log } = this.#parts;
    const pending = this.#pending.get(callId);
    if (pending === undefined) return;
    const { to, ringTimeoutS, maxMinutes, voicemail } = pending.assignment;
    emit(callId, { type: 'call-dialled' });
    if (!(await records.flush())) {
      log('did not dial an outbound call: the call store did not take it');
      return this.#end(callId, pending, 'canceled');
    }
    if (pending.isCanceled) return this.#end(callId, pending, 'canceled');
    const detect = voicemail === null ? 'machine' : 'message-end';
    const dialled = await dial({ callId, from, to, ringTimeoutS, maxMinutes, detect });
    if (this.#pending.get(callId) !== pending) return;
    switch (dialled.is) {
      case 'placed':
        if (pending.sid === null) this.#notePlaced(callId, pending, dialled.sid);
        return this.watch(callId);
      case 'unknown':
        log('Twilio did not say whether it placed an outbound call; it is not dialled again');
        return this.watch(callId);
      case 'busy':
        if (++pending.retries > MOST_RETRIES || !this.enqueue(callId))
          this.#end(callId, pending, 'carrier-rejected');
        return;
      case 'refused':
        log(`Twilio refused an outbound call: https://www.twilio.com/docs/api/errors/${dialled.code}`);
        return this.#end(callId, pending, 'carrier-rejected');
    }
  }

  #notePlaced(callId: CallId, pending: Pending, sid: string): void {
    pending.sid = sid;
    this.#parts.emit(callId, { type: 'call-placed', sid });
    if (pending.isCanceled) this.#hangUp(sid);
  }

  #hangUp(sid: string): void {
    this.#parts.hangUp(sid).catch(() => this.#parts.log('Could not tell Twilio to end an outbound call'));
  }

  #end(callId: CallId, pending: Pending | undefined, reason: EndReason): void {
    if (pending === undefined || this.#pending.get(callId) !== pending) return;
    this.#forget(callId);
    this.#parts.emit(callId, { type: 'call-ended', reason, durationMs: 0 });
    this.#parts.settling.settle(callId, reason, null);
  }

  #forget(callId: CallId): void {
    this.#pending.get(callId)?.cancelWatch();
    if (this.#pending.delete(callId)) this.#parts.onHolding?.(callId, 'gone');
  }
}
