// From a request to a call that waits to be dialled: checked, written to the store, queued, and once per Idempotency-Key.
// Only the process that the store names as the call's holder queues it, so a request that reaches two is dialled once.
import type { Assignment, Refusal } from '../call/assignment.ts';
import type { Placed } from '../call/call-control.ts';
import { newOutboundId } from '../call/call-id.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEventBody, CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Rehearsed, ToRehearse } from '../call/rehearsal.ts';
import type { DialQueue } from './dial-queue.ts';
import type { Fences } from './fences/fences.ts';
import type { ResultChecker } from './outcome/result-checker.ts';
import type { Settling } from './outcome/settling.ts';
import type { OutboundCalls } from './outbound-calls.ts';
import { ERASED, FULL, KEY_OF_ANOTHER, OFF, refused, STORE_DOWN } from './refusals.ts';

/** The same request within a day is the same call. */
const KEEP_KEYS_MS = 86_400_000;

export interface Idempotency {
  readonly key: string;
  /** Of the request's body: the same key with another body is a mistake. */
  readonly fingerprint: string;
}

export interface PlacingParts {
  readonly clock: Clock;
  readonly ownerId: string;
  /** The caller ID of outbound calls; '' where they are off. */
  readonly from: string;
  readonly fences: Pick<Fences, 'check' | 'forget' | 'rehearse'>;
  readonly checker: Pick<ResultChecker, 'problemWith'>;
  readonly queue: Pick<DialQueue, 'refusal'>;
  readonly store: Pick<CallStore, 'load' | 'reserve'>;
  readonly records: {
    keepAssignment(callId: CallId, at: number, assignment: Assignment): void;
    /** False: it could not be written in time. */
    flush(): Promise<boolean>;
  };
  readonly settling: Pick<Settling, 'follow' | 'release'>;
  readonly emit: (callId: CallId, event: CallEventBody) => void;
  readonly isFull: () => boolean;
}

export class Placing {
  readonly #parts: PlacingParts;
  readonly #calls: OutboundCalls;
  /** Requests under way, by key and fingerprint: the same request at the same time is the same call. */
  readonly #underWay = new Map<string, Promise<Placed>>();

  constructor(parts: PlacingParts, calls: OutboundCalls) {
    this.#parts = parts;
    this.#calls = calls;
  }

  place(assignment: Assignment, idempotency: Idempotency | null): Promise<Placed> {
    if (idempotency === null) return this.#place(newOutboundId(), assignment);
    const request = JSON.stringify([idempotency.key, idempotency.fingerprint]);
    const known = this.#underWay.get(request);
    if (known !== undefined) return known;
    const placing = this.#placeOnce(assignment, idempotency).finally(() => this.#underWay.delete(request));
    this.#underWay.set(request, placing);
    return placing;
  }

  /** Everything that would refuse it now. Places, writes and counts nothing. */
  async rehearse({ to, maxMinutes, result }: ToRehearse): Promise<Rehearsed> {
    const { clock, from, fences, queue, isFull } = this.#parts;
    const { refusals, callee } = await fences.rehearse({ to, maxMinutes, at: clock.now() });
    const all = [
      from === '' ? OFF : null,
      isFull() ? FULL : queue.refusal(),
      ...refusals,
      await this.#refusalBySchema(result),
    ];
    return { refusals: all.filter((refusal) => refusal !== null), callee };
  }

  async #placeOnce(assignment: Assignment, { key, fingerprint }: Idempotency): Promise<Placed> {
    const { store, clock } = this.#parts;
    const wanted = { callId: newOutboundId(), fingerprint };
    const kept = await store.reserve(key, wanted, clock.now(), KEEP_KEYS_MS).catch(() => null);
    if (kept === null) return refused(STORE_DOWN);
    if (kept.fingerprint !== fingerprint) return refused(KEY_OF_ANOTHER);
    // A refused request left no call: it may be made again.
    if (kept.callId !== wanted.callId && (await store.load(kept.callId)) !== null)
      return { is: 'placed', callId: kept.callId, isNew: false };
    return this.#place(kept.callId, assignment);
  }

  async #place(callId: CallId, assignment: Assignment): Promise<Placed> {
    const { clock, from, fences, queue, records, settling, emit, isFull } = this.#parts;
    if (from === '') return refused(OFF);
    if (isFull()) return refused(FULL);
    const queueRefusal = queue.refusal();
    if (queueRefusal !== null) return refused(queueRefusal);
    const startedAt = clock.now();
    const { to, maxMinutes } = assignment;
    const counted = { to, maxMinutes, at: startedAt };
    const refusal = await fences.check(counted);
    if (refusal !== null) return refused(refusal);
    const badSchema = await this.#refusalBySchema(assignment.result);
    if (badSchema !== null) {
      await fences.forget(counted);
      return refused(badSchema);
    }
    settling.follow({ callId, assignment, sid: null, startedAt, isDialled: false });
    records.keepAssignment(callId, startedAt, assignment);
    emit(callId, { type: 'call-queued', from, to, profile: assignment.profile });
    this.#calls.add(callId, assignment);
    return this.#enqueue(callId);
  }

  /** After the fences: compiling is the costliest part of a request. */
  async #refusalBySchema(schema: Assignment['result']): Promise<Refusal | null> {
    const problem = schema === null ? null : await this.#parts.checker.problemWith(schema);
    if (problem === null) return null;
    return { code: 'invalid_request', field: 'result', message: `The field result ${problem}` };
  }

  async #enqueue(callId: CallId): Promise<Placed> {
    const { store, records, ownerId, settling, queue } = this.#parts;
    // A call that is not in the store would be dialled again by no process, or by two.
    const isWritten = await records.flush();
    const record = isWritten ? await store.load(callId).catch(() => null) : null;
    if (record === null) {
      this.#calls.abandon(callId);
      return refused(isWritten ? ERASED : STORE_DOWN);
    }
    if (record.holder?.ownerId !== ownerId) {
      this.#calls.release(callId);
      settling.release(callId);
      return { is: 'placed', callId, isNew: false };
    }
    if (!this.#calls.enqueue(callId)) {
      this.#calls.abandon(callId);
      return refused(queue.refusal() ?? FULL);
    }
    return { is: 'placed', callId, isNew: true };
  }
}
