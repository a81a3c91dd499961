// What follows an outbound call while it goes on and once it is over: its callbacks, its result, and the end of its record.
// Nobody waits for any of it. If the process dies meanwhile, the next one finds the call unsettled and settles it.
import { randomUUID } from 'node:crypto';
import type { Assignment } from '../../call/assignment.ts';
import { type CallResult, publicResult } from '../../call/call-result.ts';
import type { AgentMemory } from '../../call/call-record.ts';
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
import type { FencedCall } from '../fences/call-limits.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { makeResult, type ResultParts } from './make-result.ts';

/** An hour of quick talk has about as many. */
const MOST_EVENTS = 20_000;
const RESULT_WITHIN_MS = 60_000;

export interface SettlingParts {
  readonly clock: Clock;
  readonly store: Pick<CallStore, 'eventsAfter' | 'load'>;
  readonly records: {
    flush(): Promise<boolean>;
    settle(callId: CallId, at: number, result: CallResult | null): void;
  };
  readonly emit: (callId: CallId, event: CallEventBody) => void;
  /** Asks the agent of this call, in text, in the conversation that `memory` leads to; null where it gave no answer. */
  readonly ask: (call: CallFacts, memory: AgentMemory | null, prompt: string) => Promise<string | null>;
  readonly checker: ResultParts['checker'];
  readonly callbacks: Pick<Callbacks, 'tell'>;
  /** Whether the store holds what was said; otherwise it is kept here until the call is settled. */
  readonly keepsWords: boolean;
  /** The caller ID of outbound calls. */
  readonly from: string;
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

interface Followed extends Omit<Following, 'sid' | 'isDialled'> {
  sid: string | null;
  isDialled: boolean;
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

  follow(call: Following): void {
    if (!this.follows(call.callId))
      this.#followed.set(call.callId, { ...call, events: [], isSettling: false });
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
    const wasPlaced = followed.isDialled && event.reason !== 'carrier-rejected';
    const { assignment, startedAt } = followed;
    const counted = { to: assignment.to, maxMinutes: assignment.maxMinutes, at: startedAt };
    this.#parts.onOver(counted, wasPlaced ? event.durationMs / 60_000 : null);
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
    const { callId } = followed;
    // Events are delivered after the current task: the call's end must come before its result.
    await new Promise((resolve) => setImmediate(resolve));
    const result = await this.#resultOf(followed, reason, memory);
    records.settle(callId, clock.now(), result);
    emit(callId, { type: 'call-settled', result: result?.is ?? null });
    if (result !== null) this.#tell(followed, 'call.result', { result: publicResult(result) });
  }

  async #resultOf(
    { callId, assignment, sid, events }: Followed,
    reason: EndReason,
    memory: AgentMemory | null,
  ): Promise<CallResult | null> {
    const { clock, store, records, checker, keepsWords, ask, from } = this.#parts;
    const { result: schema, to } = assignment;
    if (schema === null) return null;
    let transcript: TranscriptLine[] = [];
    if (!keepsWords) transcript = transcriptOf(events);
    else if (await records.flush()) {
      const stored = await store.eventsAfter(callId, 0, MOST_EVENTS).catch(() => []);
      transcript = transcriptOf(stored.map(({ event }) => event));
    }
    const hasSpoken = transcript.some(({ who }) => who === 'caller');
    if (NOBODY_REACHED.has(reason) || !hasSpoken) return { is: 'not-reached', why: reason };
    const record = memory === null ? await store.load(callId).catch(() => null) : null;
    const known = memory ?? record?.resume?.agent ?? null;
    const carrier = sid === null ? null : { sid };
    const call = { id: callId, from, to, parameters: {}, carrier, outbound: { assignment } };
    return makeResult({
      schema,
      transcript,
      checker,
      clock,
      timeoutMs: RESULT_WITHIN_MS,
      ask: (prompt) => ask(call, known, prompt),
    });
  }

  #tell({ callId, sid, assignment }: Followed, type: string, facts: Record<string, unknown>): void {
    const { callbackUrl, to, profile, metadata } = assignment;
    if (callbackUrl === null) return;
    const at = new Date(this.#parts.clock.now()).toISOString();
    const call = { id: callId, sid, from: this.#parts.from, to, profile, metadata };
    this.#parts.callbacks.tell(callId, callbackUrl, { id: randomUUID(), type, at, call, ...facts });
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
