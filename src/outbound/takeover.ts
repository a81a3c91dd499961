// Calls whose process is gone and that are not settled: claimed in the store and carried on here. A call that may have been
// dialled is never dialled again.
import type { Assignment } from '../call/assignment.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Steering } from '../call/steering.ts';
import { repeat } from '../call/waiting.ts';
import type { PlacingParts } from './placing.ts';
import type { OutboundCalls } from './outbound-calls.ts';
import type { Settling } from './outcome/settling.ts';

const SWEEP_EVERY_MS = 10_000;
const SWEPT_AT_ONCE = 20;
/** After this long without a question from the carrier, a call whose process is gone is over. */
const FORGOTTEN_MS = 120_000;
/** A call that waited longer to be dialled is dropped: the callee's quiet hours may have begun. */
const STALE_MS = 300_000;

export interface TakeoverParts extends Pick<PlacingParts, 'clock' | 'ownerId' | 'emit'> {
  readonly leaseMs: number;
  readonly store: Pick<CallStore, 'load' | 'abandoned' | 'claim' | 'steer'>;
  readonly records: { flush(): Promise<boolean> };
  readonly settling: Pick<Settling, 'follow' | 'follows' | 'settle' | 'settleInbound'>;
}

export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #calls: OutboundCalls;
  readonly close: () => void;

  constructor(parts: TakeoverParts, calls: OutboundCalls) {
    this.#parts = parts;
    this.#calls = calls;
    this.close = repeat(parts.clock, SWEEP_EVERY_MS, (stopped) => this.#sweep(stopped));
  }

  /**
   * Takes the call for this process: with `evenFromHolder` also from a live one, because the carrier asked here. null: it
   * is unknown, another process has it, or the store is down.
   */
  async claim(callId: CallId, { evenFromHolder }: { readonly evenFromHolder: boolean }) {
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

  /** Whether the call waits here now. `otherwise` goes to the live process that has it. */
  async bringHere(callId: CallId, otherwise: Steering): Promise<boolean> {
    const { store, clock, ownerId, records, settling } = this.#parts;
    // Flush first: Twilio repeats the final status, and the record must already say "ended".
    if (settling.follows(callId) || !(await records.flush())) return false;
    const record = await store.load(callId).catch(() => null);
    if (record === null || record.ended !== null || record.assignment === null) return false;
    const isHeld = record.holder !== null && record.holder.leaseUntil >= clock.now();
    if (isHeld && record.holder?.ownerId !== ownerId) {
      await store.steer(callId, otherwise, clock.now()).catch(() => {});
      return false;
    }
    const claimed = await this.claim(callId, { evenFromHolder: false });
    // The callee may have answered meanwhile.
    if (claimed === null || claimed.assignment === null || settling.follows(callId)) return false;
    this.#adopt(claimed, claimed.assignment);
    return true;
  }

  async #sweep(stopped: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    const abandoned = await store.abandoned(clock.now(), SWEPT_AT_ONCE).catch(() => []);
    for (const { id, stage, lastAt } of abandoned) {
      // An answered call lost its stream with its process: Twilio asks what next, or says that it is over.
      const isAskedAbout = stage === 'in-progress' && clock.now() - lastAt < FORGOTTEN_MS;
      if (isAskedAbout || this.#isOurs(id) || stopped.aborted) continue;
      const record = await this.claim(id, { evenFromHolder: false });
      if (record === null || this.#isOurs(id)) continue;
      if (record.assignment !== null) this.#resume(record, record.assignment);
      else this.#settleInbound(record);
    }
  }

  #isOurs(callId: CallId): boolean {
    return this.#calls.has(callId) || this.#parts.settling.follows(callId);
  }

  #resume(record: CallRecord, assignment: Assignment): void {
    const { clock, settling, emit } = this.#parts;
    const { id, stage, startedAt, lastAt, ended } = record;
    if (ended !== null || stage === 'in-progress') {
      this.#follow(record, assignment);
      if (ended === null)
        emit(id, { type: 'call-ended', reason: 'line-lost', durationMs: lastAt - startedAt });
      return settling.settle(id, ended?.reason ?? 'line-lost', null);
    }
    this.#adopt(record, assignment);
    if (stage !== 'queued') return this.#calls.watch(id);
    const isStale = clock.now() - startedAt > STALE_MS;
    if (isStale || !this.#calls.enqueue(id)) this.#calls.abandon(id);
  }

  /** It is over, and its result is wanted. */
  #settleInbound({ id, from, to, sid, ended, resume }: CallRecord): void {
    if (ended === null) return;
    const carrier = sid === null ? null : { sid };
    const call = { id, from, to, parameters: resume?.parameters ?? {}, carrier };
    this.#parts.settling.settleInbound(call, ended.reason);
  }

  #adopt(record: CallRecord, assignment: Assignment): void {
    this.#follow(record, assignment);
    this.#calls.add(record.id, assignment, record);
  }

  #follow({ id, sid, startedAt, stage }: CallRecord, assignment: Assignment): void {
    this.#parts.settling.follow({ callId: id, assignment, sid, startedAt, isDialled: stage !== 'queued' });
  }
}
