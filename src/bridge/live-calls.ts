// The calls in progress, what became of those just ended, and the fan-out of all their events. Subscribers are served
// after the work at hand, so that none of them can delay audio.
import type { BridgeParts, ResumedCall } from './bridge-parts.ts';
import { Bridge } from './bridge.ts';
import type { CallEvent, CallFacts, CallId, EndReason, NextStep, TransferOutcome } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

/** For so long after its end a call can still be asked about: Twilio asks what next within seconds. */
const REMEMBER_ENDED_MS = 60_000;
/** A call that lost its stream again and again is not connected a further time. */
const MOST_RECONNECTS = 5;
/** Within so long no other process can have had the call, and lost it again. */
const SURELY_OURS_MS = 1_000;
/** Every second, until the process that is asked is another one. */
const MOST_ASKED_AGAIN = 40;

export interface LiveCallsParts {
  readonly clock: Clock;
  readonly maxCalls: number;
  /** All that a bridge needs but its call and its listener. */
  readonly bridge: (call: CallFacts) => Omit<BridgeParts, 'call' | 'clock' | 'resumed' | 'onEvent' | 'onEnd'>;
}

interface Ended {
  /** null where another process ended it. */
  readonly call: CallFacts | null;
  readonly reason: EndReason;
  readonly isTold: boolean;
  readonly forget: () => void;
}

export class LiveCalls {
  readonly #parts: LiveCallsParts;
  readonly #bridges = new Map<CallId, Bridge>();
  /** How calls ended that Twilio may still ask about, and what takes the memory back. */
  readonly #ended = new Map<CallId, Ended>();
  readonly #reconnects = new Map<CallId, number>();
  /** Calls that are over here and not yet written down. */
  readonly #leaving = new Set<Promise<unknown>>();
  readonly #subscribers = new Set<(event: CallEvent) => void>();
  #undelivered: CallEvent[] = [];
  #isDraining = false;
  #onEmpty: () => void = () => {};

  constructor(parts: LiveCallsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#bridges.size;
  }

  /** Calls that are over and of which something is still known here. */
  get remembered(): number {
    return new Set([...this.#ended.keys(), ...this.#reconnects.keys()]).difference(this.#bridges).size;
  }

  /** Whether a new call would be refused (R5). */
  get isFull(): boolean {
    return this.#isDraining || this.#bridges.size >= this.#parts.maxCalls;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Calls `subscriber` with every event of every call, in order; returns what ends that. It must not throw. */
  subscribe(subscriber: (event: CallEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Something happened in a call that has no bridge: one that was not answered yet. */
  report(event: CallEvent): void {
    this.#take(event);
  }

  /** Events that subscribers have not been told yet. */
  get undelivered(): number {
    return this.#undelivered.length;
  }

  get ids(): readonly CallId[] {
    return [...this.#bridges.keys()];
  }

  get(callId: CallId): Bridge | undefined {
    return this.#bridges.get(callId);
  }

  /** A call comes in. Told twice of the same call, it begins once. */
  admit(call: CallFacts): NextStep {
    if (this.#bridges.has(call.id)) return 'connect';
    if (this.isFull) return 'busy';
    this.#begin(call, null);
    return 'connect';
  }

  /** Somebody answered a call out: they are in it already, so that no limit turns them away. */
  start(call: CallFacts): void {
    if (!this.#bridges.has(call.id)) this.#begin(call, null);
  }

  /** Whether nothing is known here of this call, which may be another process's then. */
  isUnknown(callId: CallId): boolean {
    if (this.#bridges.has(callId)) return false;
    const ended = this.#ended.get(callId);
    return ended === undefined || (ended.reason === 'handed-over' && !this.#isDraining);
  }

  /** Whether another process may have the call by now: nothing is known of it here, or its line has been gone for a while. */
  mayBeElsewhere(callId: CallId): boolean {
    const bridge = this.#bridges.get(callId);
    return bridge === undefined ? this.isUnknown(callId) : bridge.withoutLineMs > SURELY_OURS_MS;
  }

  /** Another process ended this call, and why. */
  remember(callId: CallId, reason: EndReason): void {
    this.#noteEnd(callId, null, reason, true);
  }

  /** R3: a call that another process had goes on here; no limit turns away who is in a call already. */
  resume(call: CallFacts, resumed: ResumedCall): void {
    // What was begun here and went on elsewhere knows nothing of what came of it.
    this.#bridges.get(call.id)?.release();
    this.#begin(call, resumed);
  }

  #begin(call: CallFacts, resumed: ResumedCall | null): void {
    this.#ended.get(call.id)?.forget();
    const bridge = new Bridge({
      ...this.#parts.bridge(call),
      call,
      resumed,
      clock: this.#parts.clock,
      onEvent: (event) => this.#take(event),
      onEnd: (reason, isTold, left) => {
        this.#leaving.add(left);
        void left.finally(() => this.#leaving.delete(left));
        this.#forgetBridge(call, reason, isTold);
      },
    });
    this.#bridges.set(call.id, bridge);
  }

  /** The call was handed over, and we are still the one who is asked; soon it is another process. */
  #askAgain(callId: CallId): NextStep {
    const asked = (this.#reconnects.get(callId) ?? 0) + 1;
    this.#reconnects.set(callId, asked);
    return asked > MOST_ASKED_AGAIN ? 'apologise' : 'ask-again';
  }

  /**
   * E2: the call's stream has ended and the call itself goes on. `dialled` is what came of a transfer, null where it was
   * none: a call that somebody answered is over with it, however long ago this process has forgotten it.
   */
  next(call: CallFacts, dialled: TransferOutcome | null): NextStep {
    const bridge = this.#bridges.get(call.id);
    if (dialled === 'answered') {
      bridge?.transferAnswered();
      return 'hang-up';
    }
    if (dialled !== null) bridge?.transferFailed(dialled);
    else if (bridge !== undefined && bridge.errand !== null) return bridge.errand;
    const ended = this.#ended.get(call.id);
    switch (ended?.reason) {
      case 'bug':
      case 'bad-input':
        return 'apologise';
      case 'speech-lost':
        return ended?.isTold === true ? 'hang-up' : 'apologise';
      case 'handed-over':
        return this.#askAgain(call.id);
      case 'transferred':
      case 'closed':
      case 'agent-ended':
      case 'silence':
      case 'too-long':
      case 'too-many-failures':
      case 'draining':
      case 'operator-ended':
      case 'callee-busy':
      case 'no-answer':
      case 'unreachable':
      case 'canceled':
      case 'carrier-rejected':
      case 'never-known':
      case 'voicemail-left':
      case 'machine':
        return 'hang-up';
      case 'caller-hung-up':
      case 'line-lost':
      case 'no-stream':
      case undefined: {
        const reconnects = (this.#reconnects.get(call.id) ?? 0) + 1;
        if (reconnects > MOST_RECONNECTS) return 'apologise';
        // Too late for a busy tone: this call was answered long ago. What it was for is known from before.
        if (this.admit(ended?.call ?? call) === 'busy') return 'apologise';
        this.#reconnects.set(call.id, reconnects);
        return 'connect';
      }
    }
  }

  /** The carrier says that the call is over: the last of three ways to learn it. */
  over(callId: CallId): void {
    this.#bridges.get(callId)?.end('caller-hung-up');
    this.#ended.get(callId)?.forget();
  }

  /**
   * Takes no new calls and waits for those in progress. Where they can be handed over, each is at the end of its turn, and
   * after `ms` at once; otherwise what is left then is told and ended. Resolves when the last call is gone.
   */
  async drain(ms: number, canHandOver: boolean): Promise<void> {
    this.#isDraining = true;
    if (this.#bridges.size > 0) await this.#empty(ms, canHandOver);
    await Promise.all(this.#leaving);
  }

  async #empty(ms: number, canHandOver: boolean): Promise<void> {
    if (canHandOver) for (const bridge of this.#bridges.values()) bridge.handOver(false);
    const cancel = this.#parts.clock.after(ms, () => {
      for (const bridge of this.#bridges.values()) {
        if (canHandOver) bridge.handOver(true);
        else bridge.sayAndEnd('draining', 'draining');
      }
    });
    if (this.#bridges.size === 0) return cancel();
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    cancel();
  }

  /** Ends every call now and lets go of everything. */
  close(): void {
    this.#isDraining = true;
    for (const bridge of this.#bridges.values()) bridge.end('draining');
    for (const { forget } of this.#ended.values()) forget();
  }

  #take(event: CallEvent): void {
    this.#undelivered.push(event);
    if (this.#undelivered.length === 1) setImmediate(() => this.#deliver());
  }

  #forgetBridge(call: CallFacts, reason: EndReason, isTold: boolean): void {
    this.#bridges.delete(call.id);
    this.#noteEnd(call.id, call, reason, isTold);
    if (this.#bridges.size === 0) this.#onEmpty();
  }

  #noteEnd(callId: CallId, call: CallFacts | null, reason: EndReason, isTold: boolean): void {
    const forget = (): void => {
      cancel();
      this.#ended.delete(callId);
      this.#reconnects.delete(callId);
    };
    const cancel = this.#parts.clock.after(REMEMBER_ENDED_MS, forget);
    this.#ended.set(callId, { call, reason, isTold, forget });
  }

  #deliver(): void {
    const events = this.#undelivered;
    this.#undelivered = [];
    for (const event of events) for (const subscriber of this.#subscribers) subscriber(event);
  }
}
