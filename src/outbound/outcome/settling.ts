// What follows a call of which something is wanted, while it goes on and once it is over: its callbacks, its result, and the end of its record.
// Nobody waits for any of it. If the process dies meanwhile, the next one finds the call unsettled and settles it.
import { randomUUID } from 'node:crypto';
import type { Assignment } from '../../call/assignment.ts';
import { type CallResult, publicResult } from '../../call/call-result.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import { type CallCost, costOf } from '../../call/ledger.ts';
import type { PriceTable } from '../../call/prices.ts';
import { type TranscriptLine, transcriptOf } from '../../call/transcript.ts';
import type { CallStore } from '../../call/call-store.ts';
import {
  type CallEvent,
  type CallEventBody,
  type CallFacts,
  type CallId,
  type EndReason,
  NOBODY_REACHED,
} from '../../call/call.ts';
import type { Clock } from '../../call/ports.ts';
import { asksAgent, type Wishes } from '../../call/wishes.ts';
import type { FencedCall } from '../fences/call-limits.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { makeResult, type ResultParts } from './make-result.ts';

/** An hour of quick talk has about as many. */
const MOST_EVENTS = 20_000;
const RESULT_WITHIN_MS = 60_000;

export interface Wanted {
  /** The profile's name. */
  readonly profile: string;
  readonly wishes: Wishes;
}

export interface SettlingParts {
  readonly clock: Clock;
  readonly store: Pick<CallStore, 'eventsAfter' | 'load'>;
  readonly records: {
    flush(): Promise<boolean>;
    settle(callId: CallId, at: number, result: CallResult | null): void;
    wantResult(callId: CallId, at: number): void;
  };
  readonly emit: (callId: CallId, event: CallEventBody) => void;
  /** Asks the agent of this call, in text, in the conversation that `memory` leads to; null where it gave no answer. */
  readonly ask: (call: CallFacts, memory: AgentMemory | null, prompt: string) => Promise<string | null>;
  readonly checker: ResultParts['checker'];
  readonly callbacks: Pick<Callbacks, 'tell'>;
  /** With which the callback's `cost` is counted. */
  readonly prices: PriceTable;
  /** Whether the store holds what was said; otherwise it is kept here until the call is settled. */
  readonly keepsWords: boolean;
  /** The caller ID of outbound calls. */
  readonly from: string;
  /** By the call's profile, or its request. */
  readonly wantedOf: (call: CallFacts) => Wanted;
  /** Under which the operator's pages are. */
  readonly publicUrl: string;
  /** Called once when a call is over; `minutes` null: it was never placed. */
  readonly onOver: (call: FencedCall, minutes: number | null) => void;
  readonly onBug: (error: unknown) => void;
}

/** An outbound call that this process reports on from now on. */
export interface Following {
  readonly callId: CallId;
  readonly assignment: Assignment;
  readonly sid: string | null;
  /** When it was requested, and counted. */
  readonly startedAt: number;
  /** Whether the carrier may know of it. */
  readonly isDialled: boolean;
}

interface Followed {
  readonly call: CallFacts;
  readonly wanted: Wanted;
  /** Of an outbound call: what the fences have counted. */
  readonly counted: FencedCall | null;
  sid: string | null;
  isDialled: boolean;
  /** Once it is over, for this process. */
  end: Extract<CallEvent, { type: 'call-ended' }> | null;
  readonly events: CallEvent[];
  isSettling: boolean;
}

export class Settling {
  readonly #parts: SettlingParts;
  readonly #followed = new Map<CallId, Followed>();
  readonly #settling = new Set<Promise<void>>();

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /** Calls that are over and not settled. */
  get ids(): readonly CallId[] {
    return [...this.#followed].filter(([, { isSettling }]) => isSettling).map(([callId]) => callId);
  }

  follow({ callId, assignment, sid, startedAt, isDialled }: Following): void {
    const carrier = sid === null ? null : { sid };
    const { from } = this.#parts;
    const call = { id: callId, from, to: assignment.to, parameters: {}, carrier, outbound: { assignment } };
    const { to, maxMinutes } = assignment;
    this.#follow(call, { isDialled, counted: { to, maxMinutes, at: startedAt } });
  }

  /** Does nothing if nothing is wanted of the call once it is over. */
  followInbound(call: CallFacts): void {
    const { wishes } = this.#parts.wantedOf(call);
    if (this.follows(call.id) || (!asksAgent(wishes) && wishes.callbackUrl === null)) return;
    this.#parts.records.wantResult(call.id, this.#parts.clock.now());
    this.#follow(call, { isDialled: true, counted: null });
  }

  /** A call that ended in a process that is gone. */
  settleInbound(call: CallFacts, reason: EndReason): void {
    this.followInbound(call);
    if (this.follows(call.id)) this.settle(call.id, reason, null);
    // Its profile wants nothing any more.
    else this.#parts.records.settle(call.id, this.#parts.clock.now(), null);
  }

  #follow(call: CallFacts, more: Pick<Followed, 'isDialled' | 'counted'>): void {
    if (this.follows(call.id)) return;
    const wanted = this.#parts.wantedOf(call);
    const sid = call.carrier?.sid ?? null;
    this.#followed.set(call.id, { ...more, call, wanted, sid, end: null, events: [], isSettling: false });
  }

  follows(callId: CallId): boolean {
    return this.#followed.has(callId);
  }

  /** Another process reports on the call. */
  release(callId: CallId): void {
    this.#followed.delete(callId);
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    const followed = this.#followed.get(event.callId);
    if (followed === undefined) return;
    if (event.type === 'call-placed') followed.sid = event.sid;
    if (event.type === 'call-dialled') followed.isDialled = true;
    if (!this.#parts.keepsWords && followed.events.length < MOST_EVENTS) followed.events.push(event);
    const type = TOLD[event.type];
    if (type !== undefined) this.#tell(followed, type, factsOf(event));
    if (event.type !== 'call-ended') return;
    // The process that continues the call follows it there.
    if (event.reason === 'handed-over') return this.release(event.callId);
    followed.end = event;
    const wasPlaced = followed.isDialled && event.reason !== 'carrier-rejected';
    const { counted } = followed;
    if (counted !== null) this.#parts.onOver(counted, wasPlaced ? event.durationMs / 60_000 : null);
  };

  /** The call is over. `memory` leads to its conversation; null: as the store has it. */
  settle(callId: CallId, reason: EndReason, memory: AgentMemory | null): void {
    const followed = this.#followed.get(callId);
    if (followed === undefined || followed.isSettling) return;
    followed.isSettling = true;
    const settling = this.#settle(followed, reason, memory)
      .catch(this.#parts.onBug)
      .finally(() => {
        this.#settling.delete(settling);
        this.#followed.delete(callId);
      });
    this.#settling.add(settling);
  }

  /** Resolves when every call that is being settled is settled. */
  async close(): Promise<void> {
    await Promise.all(this.#settling);
  }

  async #settle(followed: Followed, reason: EndReason, memory: AgentMemory | null): Promise<void> {
    const { clock, records, emit } = this.#parts;
    const { id: callId } = followed.call;
    // Events are delivered after the current task: the call's end must come before its result.
    await new Promise((resolve) => setImmediate(resolve));
    const result = await this.#resultOf(followed, reason, memory);
    records.settle(callId, clock.now(), result);
    emit(callId, { type: 'call-settled', result: result?.is ?? null });
    if (result === null) return;
    const { end } = followed;
    this.#tell(followed, 'call.result', {
      result: publicResult(result),
      endReason: reason,
      cost: await this.#costOf(callId),
      ...(end === null ? {} : factsOf(end)),
    });
  }

  /** The ledger so far: Twilio tells its own price an hour later. null while the store is away. */
  async #costOf(callId: CallId): Promise<CallCost | null> {
    const { clock, store, records, prices } = this.#parts;
    if (!(await records.flush())) return null;
    const stored = await store.eventsAfter(callId, 0, MOST_EVENTS).catch(() => null);
    return (
      stored &&
      costOf(
        stored.map(({ event }) => event),
        clock.now(),
        prices,
      )
    );
  }

  async #resultOf(
    { call, wanted, sid, events }: Followed,
    reason: EndReason,
    memory: AgentMemory | null,
  ): Promise<CallResult | null> {
    const { clock, store, records, checker, keepsWords, ask } = this.#parts;
    const { wishes } = wanted;
    if (!asksAgent(wishes)) return null;
    let transcript: TranscriptLine[] = [];
    if (!keepsWords) transcript = transcriptOf(events);
    else if (await records.flush()) {
      const stored = await store.eventsAfter(call.id, 0, MOST_EVENTS).catch(() => []);
      transcript = transcriptOf(stored.map(({ event }) => event));
    }
    const hasSpoken = transcript.some(({ who }) => who === 'caller');
    if (NOBODY_REACHED.has(reason) || !hasSpoken) return { is: 'not-reached', why: reason };
    const record = memory === null ? await store.load(call.id).catch(() => null) : null;
    const known = memory ?? record?.resume?.agent ?? null;
    const asked = { ...call, carrier: sid === null ? null : { sid } };
    return makeResult({
      schema: wishes.result,
      wantsSummary: wishes.summary,
      transcript,
      checker,
      clock,
      timeoutMs: RESULT_WITHIN_MS,
      ask: (prompt) => ask(asked, known, prompt),
    });
  }

  #tell({ call, wanted, sid }: Followed, type: string, facts: Record<string, unknown>): void {
    const { profile, wishes } = wanted;
    const { clock, callbacks, publicUrl } = this.#parts;
    if (wishes.callbackUrl === null) return;
    const { id, from, to, outbound } = call;
    const about = {
      id,
      sid,
      direction: outbound === undefined ? 'inbound' : 'outbound',
      from,
      to,
      profile,
      metadata: outbound?.assignment.metadata ?? {},
      url: `${publicUrl}/app/calls/${id}`,
    };
    const at = new Date(clock.now()).toISOString();
    callbacks.tell(id, wishes.callbackUrl, { id: randomUUID(), type, at, call: about, ...facts });
  }
}

/** The callbacks, by the events that they report. */
const TOLD: Readonly<Partial<Record<CallEvent['type'], string>>> = {
  'call-queued': 'call.queued',
  'call-placed': 'call.dialled',
  'call-rang': 'call.ringing',
  'call-answered': 'call.answered',
  'machine-detected': 'call.machine-detected',
  'call-ended': 'call.ended',
};

function factsOf(event: CallEvent): Record<string, unknown> {
  switch (event.type) {
    case 'machine-detected':
      return { answeredBy: event.answeredBy };
    case 'call-ended':
      return { endReason: event.reason, durationS: Math.round(event.durationMs / 1000) };
    default:
      return {};
  }
}
