// A desk over a real store, as the relay's own, with nobody who carries calls behind it: what happens in them is written by
// the test, as this process or as another that shares the records.
import type { Readable } from 'node:stream';
import type { Assignment, Refusal } from '../../src/call/assignment.ts';
import type { CallResult } from '../../src/call/call-result.ts';
import type { CallControl, CallView, Placed, Steered } from '../../src/call/call-control.ts';
import {
  type CallChange,
  changeByAssignment,
  changeByEvent,
  changeBySettling,
  joined,
} from '../../src/call/call-record.ts';
import { costOf } from '../../src/call/ledger.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { transcriptOf } from '../../src/call/transcript.ts';
import type { CallbackStore } from '../../src/call/callback-store.ts';
import type { CallVia } from '../../src/call/call-id.ts';
import type { GatheredInsights, InsightsOf } from '../../src/call/insights.ts';
import { gatherInsights } from '../../src/relay/gather-insights.ts';
import type {
  CallCount,
  CallPage,
  CallQuery,
  CallStore,
  SteeringOf,
  StoredEvent,
} from '../../src/call/call-store.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';
import type { Rehearsed, ToRehearse, UsageToday } from '../../src/call/rehearsal.ts';
import type { Steering } from '../../src/call/steering.ts';
import type { StoredRecording } from '../../src/call/stored-recording.ts';
import { NOON } from '../store/some-calls.ts';

export const FROM = '+15550000001';
export const HUMAN = '+15550000009';

type Store = CallStore & CallbackStore;

export class Desk implements CallControl {
  profiles: readonly string[] = ['night desk', 'default'];
  readonly steered: SteeringOf[] = [];
  /** Of eight bytes each. */
  readonly recordings = new Map<CallId, (from: number, to: number) => Readable>();
  isDrawing = false;
  readonly placed: Assignment[] = [];
  readonly rehearsed: ToRehearse[] = [];
  /** What the next placing is refused with. */
  refusal: Refusal | null = null;
  /** Everything that is read from here rejects with it. */
  failure: Error | null = null;
  readonly #store: Store;
  readonly #listeners = new Set<() => void>();
  readonly #ownerId: string;
  #written = 0;

  constructor(store: Store, ownerId = 'this process') {
    this.#store = store;
    this.#ownerId = ownerId;
  }

  /** How many wait for news. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** In the order given; `ownerId` another process's, where it has the call. */
  async happens(
    callId: CallId,
    ...bodies: readonly (CallEventBody & { readonly at?: number })[]
  ): Promise<void> {
    const events = bodies.map((body): CallEvent => ({ at: NOON + 1000, ...body, callId }));
    await this.#write(events.map(changeByEvent), events);
  }

  async settles(callId: CallId, result: CallResult | null, doesSay = true): Promise<void> {
    const event: CallEvent = { callId, at: NOON + 9000, type: 'call-settled', result: result?.is ?? null };
    await this.#write([changeBySettling(callId, NOON + 9000, result)], doesSay ? [event] : []);
  }

  news(): void {
    for (const listener of this.#listeners) listener();
  }

  // ---- as the port has it ----

  async place(
    assignment: Assignment,
    idempotency: { key: string; fingerprint: string } | null,
  ): Promise<Placed> {
    if (this.refusal !== null) return { is: 'refused', refusal: this.refusal };
    const callId = `out-${this.placed.length + 1}`;
    if (idempotency !== null) {
      const { key, fingerprint } = idempotency;
      const kept = await this.#store.reserve(key, { callId, fingerprint }, NOON, 86_400_000);
      if (kept.fingerprint !== fingerprint)
        return { is: 'refused', refusal: { code: 'idempotency_conflict', message: 'Another body.' } };
      if (kept.callId !== callId) return { is: 'placed', callId: kept.callId, isNew: false };
    }
    this.placed.push(assignment);
    const { to, profile } = assignment;
    const event: CallEvent = { callId, at: NOON, type: 'call-queued', from: FROM, to, profile };
    await this.#write([changeByAssignment(callId, NOON, assignment), changeByEvent(event)], [event]);
    return { is: 'placed', callId, isNew: true };
  }

  async list(query: CallQuery): Promise<CallPage> {
    this.#check();
    return this.#store.list(query);
  }

  async rehearse(wanted: ToRehearse): Promise<Rehearsed> {
    this.rehearsed.push(wanted);
    return {
      refusals: this.refusal === null ? [] : [this.refusal],
      callee: { country: 'US', timeZones: ['America/New_York'] },
    };
  }

  async usageToday(): Promise<UsageToday> {
    return { calls: { used: 12, limit: 100 }, minutes: { used: 31, limit: 600 }, until: NOON };
  }

  async count(query: CallQuery): Promise<readonly CallCount[]> {
    return this.#store.count(query);
  }

  insights(of: InsightsOf, via: CallVia | 'all'): Promise<GatheredInsights> {
    return gatherInsights(this.#store, of, via);
  }

  async view(callId: CallId): Promise<CallView | null> {
    this.#check();
    const call = await this.#store.load(callId);
    if (call === null) return null;
    const stored = await this.#store.eventsAfter(callId, 0, 10_000);
    const events = stored.map(({ event }) => event);
    return {
      call,
      transcript: transcriptOf(events),
      cost: costOf(events, NOON, LIST_PRICES),
      callbacks: await this.#store.callbacksOf(callId),
      place: call.stage === 'queued' ? 0 : null,
      hasRecording: this.recordings.has(callId),
      transferTo: [],
      position: stored.at(-1)?.position ?? 0,
    };
  }

  async eventsAfter(callId: CallId | null, position: number, limit: number): Promise<readonly StoredEvent[]> {
    this.#check();
    return this.#store.eventsAfter(callId, position, limit);
  }

  async lastPosition(): Promise<number> {
    this.#check();
    return this.#store.lastPosition();
  }

  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async steer(callId: CallId, steering: Steering): Promise<Steered> {
    const call = await this.#store.load(callId);
    if (call === null) return 'unknown';
    if (call.ended !== null) return 'over';
    if (steering.type === 'transfer' && steering.to !== HUMAN) return 'not-allowed';
    this.steered.push({ callId, steering });
    return 'accepted';
  }

  async erase(callId: CallId): Promise<'erased' | 'unknown' | 'live'> {
    const call = await this.#store.load(callId);
    if (call === null) return 'unknown';
    if (call.ended === null) return 'live';
    await this.#store.erase(callId);
    this.news();
    return 'erased';
  }

  async recording(callId: CallId): Promise<StoredRecording | null> {
    const read = this.recordings.get(callId);
    if (read === undefined) return null;
    return {
      bytes: 8,
      lengthMs: 0.5,
      parts: [{ beganAt: NOON, offsetMs: 0, lengthMs: 0.5 }],
      read,
      peaks: async (stretches) =>
        this.isDrawing ? 'busy' : { caller: Array(stretches).fill(7), agent: Array(stretches).fill(100) },
    };
  }

  #check(): void {
    if (this.failure !== null) throw this.failure;
  }

  async #write(changes: readonly CallChange[], events: readonly CallEvent[]): Promise<void> {
    const [first, ...others] = changes;
    if (first === undefined) return;
    await this.#store.append({
      ownerId: this.#ownerId,
      leaseUntil: NOON + 60_000,
      changes: [others.reduce(joined, first)],
      events: events.map((event) => ({ number: ++this.#written, event })),
    });
    this.news();
  }
}
