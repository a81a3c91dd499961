// Calls out, put together: fences, the queue to Twilio, what follows a call, and what is told of it. What relay.ts is for
// the whole, this is for them.
import { within } from '../call/waiting.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallbackStore } from '../call/callback-store.ts';
import type { CountStore } from '../call/count-store.ts';
import type { CallEventBody, CallFacts, CallId } from '../call/call.ts';
import type { Agent, Clock } from '../call/ports.ts';
import type { Config } from '../config/environment.ts';
import { Settling } from '../outbound/outcome/settling.ts';
import { askInText } from '../outbound/outcome/ask.ts';
import { Callbacks } from '../outbound/callbacks/callbacks.ts';
import { OutboundCalls, type Dialled, type Dialling } from '../outbound/outbound-calls.ts';
import { DialQueue } from '../outbound/dial-queue.ts';
import type { FencedCall } from '../outbound/fences/call-limits.ts';
import { Fences } from '../outbound/fences/fences.ts';
import { outboundOf } from './read-setup.ts';
import { type CallRecords, LEASE_MS } from '../store/call-records.ts';

/** For what is over when the process leaves. */
const SETTLE_WITHIN_MS = 5_000;

export interface OutgoingParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly ownerId: string;
  readonly store: CallStore & CallbackStore & CountStore;
  readonly records: CallRecords;
  /** null: there are no credentials, and calling out is off. */
  readonly carrier: {
    readonly place: (dialling: Dialling) => Promise<Dialled>;
    readonly hangUp: (sid: string) => Promise<void>;
  } | null;
  readonly agentOf: (call: CallFacts) => Agent;
  readonly emit: (callId: CallId, event: CallEventBody) => void;
  readonly isFull: () => boolean;
  readonly begin: (call: CallFacts) => void;
  readonly isKnown: (callId: CallId) => boolean;
  readonly log: (line: string) => void;
  readonly onBug: (error: unknown) => void;
}

export class Outgoing {
  readonly out: OutboundCalls;
  readonly settling: Settling;
  readonly queue: DialQueue;
  readonly #parts: OutgoingParts;
  readonly #fences: Fences;
  readonly #callbacks: Callbacks;

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
    const { config, clock, store, records, carrier, log, onBug } = parts;
    const isOn = config.operatorToken !== '' && carrier !== null;
    this.queue = new DialQueue(clock);
    this.#fences = new Fences(outboundOf(config), store);
    this.#callbacks = new Callbacks({
      clock,
      store,
      secret: config.callbackSecret,
      allowPrivate: config.callbackAllowPrivate,
      log,
    });
    const from = isOn ? config.twilioPhoneNumber : '';
    this.settling = new Settling({
      ...parts,
      from,
      callbacks: this.#callbacks,
      keepsWords: config.storeTranscripts,
      ask: (call, memory, prompt) => askInText(parts.agentOf(call), call, memory, prompt),
      onOver: (call, minutes) => void this.#count(call, minutes).catch(onBug),
    });
    this.out = new OutboundCalls({
      ...parts,
      from,
      records,
      fences: this.#fences,
      queue: this.queue,
      dial: (dialling) => carrier?.place(dialling) ?? Promise.resolve({ is: 'refused', code: 0 }),
      hangUp: (sid) => carrier?.hangUp(sid) ?? Promise.resolve(),
      leaseMs: LEASE_MS,
      settling: this.settling,
    });
  }

  /** Calls that this process holds and that have no bridge. */
  get ids(): readonly CallId[] {
    return [...this.out.ids, ...this.settling.ids];
  }

  /** R3: this process goes on with a call that another one had; nothing happens to an inbound call. */
  follow({ id, carrier, outbound }: CallFacts): void {
    if (outbound === undefined) return;
    const startedAt = this.#parts.clock.now();
    const { assignment } = outbound;
    this.settling.follow({ callId: id, assignment, sid: carrier?.sid ?? null, startedAt, isDialled: true });
  }

  release(callId: CallId): void {
    this.out.release(callId);
    this.settling.release(callId);
  }

  /** Resolves when what is over is settled, or soon: then it is left to whoever finds it unsettled. */
  async close(): Promise<void> {
    await this.out.close();
    await within(this.#parts.clock, SETTLE_WITHIN_MS, this.settling.close(), undefined);
    await this.#callbacks.close();
  }

  #count(call: FencedCall, minutes: number | null): Promise<void> {
    return minutes === null ? this.#fences.forget(call) : this.#fences.settle(call, minutes);
  }
}
