// The calls in progress, what became of those just ended, and the fan-out of all their events. Subscribers are served
// after the work at hand, so that none of them can delay audio.
import { Bridge, type BridgeParts } from './bridge.ts';
import type { CallEvent, CallFacts, CallId, EndReason, NextStep, TransferFailure } from './call.ts';
import type { Clock } from './ports.ts';

/** For so long after its end a call can still be asked about: Twilio asks what next within seconds. */
const REMEMBER_ENDED_MS = 60_000;
/** A call that lost its stream again and again is not connected a further time. */
const MOST_RECONNECTS = 5;

/** What came of a transfer, as the carrier tells it. */
export type Dialled = 'answered' | TransferFailure;

export interface LiveCallsParts {
  readonly clock: Clock;
  readonly maxCalls: number;
  /** All that a bridge needs but its call and its listener. */
  readonly bridge: (call: CallFacts) => Omit<BridgeParts, 'call' | 'clock' | 'onEvent' | 'onEnd'>;
}

interface Ended {
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

  get(callId: CallId): Bridge | undefined {
    return this.#bridges.get(callId);
  }

  /** A call comes in. Told twice of the same call, it begins once. */
  begin(call: CallFacts): NextStep {
    if (this.#bridges.has(call.id)) return 'connect';
    if (this.isFull) return 'busy';
    this.#ended.get(call.id)?.forget();
    const bridge = new Bridge({
      ...this.#parts.bridge(call),
      call,
      clock: this.#parts.clock,
      onEvent: (event) => this.#take(event),
      onEnd: (reason, isTold) => this.#forgetBridge(call.id, reason, isTold),
    });
    this.#bridges.set(call.id, bridge);
    return 'connect';
  }

  /**
   * E2: the call's stream has ended and the call itself goes on. `dialled` is what came of a transfer, null where it was
   * none: a call that somebody answered is over with it, however long ago this process has forgotten it.
   */
  next(call: CallFacts, dialled: Dialled | null): NextStep {
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
      case 'transferred':
      case 'closed':
      case 'agent-ended':
      case 'silence':
      case 'too-long':
      case 'too-many-failures':
      case 'draining':
        return 'hang-up';
      case 'caller-hung-up':
      case 'line-lost':
      case 'no-stream':
      case undefined: {
        const reconnects = (this.#reconnects.get(call.id) ?? 0) + 1;
        if (reconnects > MOST_RECONNECTS) return 'apologise';
        // Too late for a busy tone: this call was answered long ago.
        if (this.begin(call) === 'busy') return 'apologise';
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
   * Takes no new calls, waits for those in progress, and after `ms` tells what is left and ends it. Resolves when the
   * last call is gone.
   */
  async drain(ms: number): Promise<void> {
    this.#isDraining = true;
    if (this.#bridges.size === 0) return;
    const takeBack = this.#parts.clock.after(ms, () => {
      for (const bridge of this.#bridges.values()) bridge.sayAndEnd('draining', 'draining');
    });
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    takeBack();
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

  #forgetBridge(callId: CallId, reason: EndReason, isTold: boolean): void {
    this.#bridges.delete(callId);
    const forget = (): void => {
      takeBack();
      this.#ended.delete(callId);
      this.#reconnects.delete(callId);
    };
    const takeBack = this.#parts.clock.after(REMEMBER_ENDED_MS, forget);
    this.#ended.set(callId, { reason, isTold, forget });
    if (this.#bridges.size === 0) this.#onEmpty();
  }

  #deliver(): void {
    const events = this.#undelivered;
    this.#undelivered = [];
    for (const event of events) for (const subscriber of this.#subscribers) subscriber(event);
  }
}
