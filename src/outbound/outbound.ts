// Outbound calls, put together: limits, the queue to the carrier, what follows a call, and its callbacks. Who has a call is
// the switchboard's to say, so that this room asks for it.
import type { CallFacts, CallId } from '../call/call.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallbackStore } from '../call/callback-store.ts';
import type { CountStore } from '../call/count-store.ts';
import type { PriceTable } from '../call/prices.ts';
import type { Agent } from '../call/ports.ts';
import { within } from '../call/waiting.ts';
import type { Delivery } from './callbacks/callback-sender.ts';
import { Callbacks } from './callbacks/callbacks.ts';
import { DialQueue } from './dial-queue.ts';
import type { UsageToday } from '../call/rehearsal.ts';
import type { FencedCall } from './fences/call-limits.ts';
import { Fences } from './fences/fences.ts';
import type { OutboundSettings } from './fences/outbound-settings.ts';
import { OutboundCalls, type OutboundCallsParts } from './outbound-calls.ts';
import { askInText } from './outcome/ask.ts';
import { ResultChecker } from './outcome/result-checker.ts';
import { Settling, type SettlingParts } from './outcome/settling.ts';

/** For calls that are over when the process leaves. */
const SETTLE_WITHIN_MS = 5_000;

export interface OutboundParts extends Omit<
  OutboundCallsParts,
  'fences' | 'checker' | 'queue' | 'settling' | 'store' | 'records' | 'dial'
> {
  readonly store: CallStore & CallbackStore & CountStore;
  readonly records: OutboundCallsParts['records'] & SettlingParts['records'];
  /** Asks the carrier once. */
  readonly place: OutboundCallsParts['dial'];
  /** Who may be called, when, and how much. */
  readonly limits: OutboundSettings;
  readonly callbacks: { readonly secret: string; readonly allowPrivate: boolean };
  /** With which a callback says what its call cost. */
  readonly prices: PriceTable;
  /** Whether the store holds what was said. */
  readonly keepsWords: boolean;
  readonly agentOf: (call: CallFacts) => Agent;
  readonly wantedOf: SettlingParts['wantedOf'];
  readonly publicUrl: string;
  readonly onBug: (error: unknown) => void;
}

export class Outbound {
  readonly out: OutboundCalls;
  readonly settling: Settling;
  readonly queue: DialQueue;
  readonly #parts: OutboundParts;
  readonly #fences: Fences;
  readonly #checker: ResultChecker;
  readonly #callbacks: Callbacks;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    const { clock, store, log, onBug } = parts;
    this.queue = new DialQueue(clock);
    this.#fences = new Fences(parts.limits, store);
    this.#checker = new ResultChecker(log);
    this.#callbacks = new Callbacks({ clock, store, ...parts.callbacks, log });
    this.settling = new Settling({
      ...parts,
      checker: this.#checker,
      callbacks: this.#callbacks,
      ask: (call, memory, prompt) => askInText(parts.agentOf(call), call, memory, prompt),
      onOver: (call, minutes) => void this.#count(call, minutes).catch(onBug),
    });
    this.out = new OutboundCalls({
      ...parts,
      fences: this.#fences,
      checker: this.#checker,
      queue: this.queue,
      dial: parts.place,
      settling: this.settling,
    });
  }

  /** Of all processes. Rejects with a StoreError. */
  usageToday(): Promise<UsageToday> {
    return this.#fences.today(this.#parts.clock.now());
  }

  /** Posts a sample through the fences of real callbacks; null: callbacks are off. Never rejects. */
  sendSample(url: string): Promise<Delivery | null> {
    return this.#callbacks.sendSample(url);
  }

  /** Calls that this process holds and that have no bridge. */
  get ids(): readonly CallId[] {
    return [...this.out.ids, ...this.settling.ids];
  }

  /** A call that came in; or, R3, that another process had. */
  follow(call: CallFacts): void {
    const { id, carrier, outbound } = call;
    if (outbound === undefined) return this.settling.followInbound(call);
    const startedAt = this.#parts.clock.now();
    const { assignment } = outbound;
    this.settling.follow({ callId: id, assignment, sid: carrier?.sid ?? null, startedAt, isDialled: true });
  }

  release(callId: CallId): void {
    this.out.release(callId);
    this.settling.release(callId);
  }

  /** Resolves once every ended call is settled, or after a short wait; another process then settles the rest. */
  async close(): Promise<void> {
    await this.out.close();
    await within(this.#parts.clock, SETTLE_WITHIN_MS, this.settling.close(), undefined);
    await this.#callbacks.close();
    await this.#checker.close();
  }

  #count(call: FencedCall, minutes: number | null): Promise<void> {
    return minutes === null ? this.#fences.forget(call) : this.#fences.settle(call, minutes);
  }
}
