// The live calls of this process, how those just ended did, and the fan-out of all their events. Subscribers receive
// events after the current tick's work, so that none of them delays audio.
import type { BridgeParts, ResumedCall } from './bridge-parts.ts';
import { Bridge } from './bridge.ts';
import { repeat } from '../call/waiting.ts';
import { LINE_WAIT_MS } from './caller-line.ts';
import type { CallEvent, CallFacts, CallId, EndReason, NextStep, TransferOutcome } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

/** Twilio asks what is next within seconds after a call's end. */
const REMEMBER_ENDED_MS = 60_000;
/** A call that keeps losing its stream is not connected once more. */
const MOST_RECONNECTS = 5;
/** In less time no other process can have claimed the call and lost it again. */
const SURELY_OURS_MS = 1_000;
/** How often a leaving process asks whether another one is there. */
const LOOK_EVERY_MS = 1_000;

export interface LiveCallsParts {
  readonly clock: Clock;
  readonly maxCalls: number;
  /** How long a process may take to leave. */
  readonly drainMs: number;
  /** How many live calls the other processes of this machine have; none if left out. */
  readonly elsewhere?: () => number;
  /** This process has the call, has ended it, or knows nothing of it any more. */
  readonly onHolding?: (callId: CallId, how: 'live' | 'ended' | 'gone') => void;
  /** Whether another process can take calls now. Never rejects. */
  readonly othersAreHere: () => Promise<boolean>;
  /** What a bridge needs besides its call and its listeners. */
  readonly bridge: (call: CallFacts) => Omit<BridgeParts, NotTheirs>;
}

type NotTheirs = 'call' | 'clock' | 'resumed' | 'mayLeave' | 'onEvent' | 'onEnd';

interface Ended {
  /** null if another process ended it. */
  readonly call: CallFacts | null;
  readonly reason: EndReason;
  readonly isTold: boolean;
  readonly forget: () => void;
}

export class LiveCalls {
  readonly #parts: LiveCallsParts;
  readonly #bridges = new Map<CallId, Bridge>();
  /** The ended calls that Twilio may still ask about. */
  readonly #ended = new Map<CallId, Ended>();
  readonly #reconnects = new Map<CallId, number>();
  /** Ended calls that are not written down yet. */
  readonly #leaving = new Set<Promise<unknown>>();
  /** Calls that are being claimed from another process. */
  readonly #coming = new Set<Promise<unknown>>();
  readonly #subscribers = new Set<(event: CallEvent) => void>();
  #undelivered: CallEvent[] = [];
  #isDraining = false;
  #isHandingOver = false;
  #isLeaving = false;
  /** When no call may wait for its end any longer. */
  #overdueAt: number | null = null;
  #onEmpty: () => void = () => {};

  constructor(parts: LiveCallsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#bridges.size;
  }

  /** Talks have places of their own: those who call by telephone share `maxCalls`. */
  get phoneCount(): number {
    return this.#bridges.size - this.talks.length;
  }

  /** The calls from browsers. */
  get talks(): readonly Bridge[] {
    return [...this.#bridges.values()].filter(({ call }) => call.talk !== undefined);
  }

  /** Why the call ended in this process; null while it lives here, or was never here. */
  endOf(callId: CallId): EndReason | null {
    return this.#bridges.get(callId)?.ended ?? this.#ended.get(callId)?.reason ?? null;
  }

  get remembered(): number {
    return new Set([...this.#ended.keys(), ...this.#reconnects.keys()]).difference(this.#bridges).size;
  }

  /** Whether a new call gets a busy tone (R5). */
  get isFull(): boolean {
    const { maxCalls, elsewhere } = this.#parts;
    return this.#isDraining || this.phoneCount + (elsewhere?.() ?? 0) >= maxCalls;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** R6: this process will leave, and another takes calls: what is unknown here must be led there. */
  get isHandingOver(): boolean {
    return this.#isHandingOver;
  }

  /** R6: this process leaves, and another takes its calls: their streams must be led there, too. */
  get isLeaving(): boolean {
    return this.#isHandingOver && this.#isLeaving;
  }

  /** Whether Twilio may still ask this process about a call that it has handed over. */
  get hasHandedOver(): boolean {
    return [...this.#ended.values()].some(({ reason }) => reason === 'handed-over');
  }

  /** Passes every event of every call, in order, to `subscriber`, which must not throw. Returns how to unsubscribe. */
  subscribe(subscriber: (event: CallEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Also for an event of a call without a bridge: one that nobody has answered yet. */
  report(event: CallEvent): void {
    this.#undelivered.push(event);
    if (this.#undelivered.length === 1) setImmediate(() => this.#deliver());
  }

  get undelivered(): number {
    return this.#undelivered.length;
  }

  get ids(): readonly CallId[] {
    return [...this.#bridges.keys()];
  }

  get(callId: CallId): Bridge | undefined {
    return this.#bridges.get(callId);
  }

  /** A call comes in. A repeated webhook starts it only once. */
  admit(call: CallFacts): NextStep {
    if (this.#bridges.has(call.id)) return 'connect';
    if (this.isFull) return 'busy';
    this.#begin(call, null);
    return 'connect';
  }

  /** Somebody answered an outbound call, or talks from a browser: the limit does not apply to them. */
  start(call: CallFacts): void {
    if (!this.#bridges.has(call.id)) this.#begin(call, null);
  }

  /** Whether this process knows nothing of the call: another may have it. */
  isUnknown(callId: CallId): boolean {
    if (this.#bridges.has(callId)) return false;
    const ended = this.#ended.get(callId);
    return ended === undefined || (ended.reason === 'handed-over' && !this.#isDraining);
  }

  /** Whether the call is surely in progress here. */
  has(callId: CallId): boolean {
    return this.#bridges.has(callId) && !this.mayBeElsewhere(callId);
  }

  /** Whether another process may have the call by now: it is unknown here, or its line has been gone for a while. */
  mayBeElsewhere(callId: CallId): boolean {
    const bridge = this.#bridges.get(callId);
    return bridge === undefined ? this.isUnknown(callId) : bridge.withoutLineMs > SURELY_OURS_MS;
  }

  /** A call is being claimed: it may come here although this process leaves meanwhile. `claimed` must not reject. */
  expect(claimed: Promise<unknown>): void {
    this.#coming.add(claimed);
    void claimed.finally(() => this.#coming.delete(claimed));
  }

  /** Another process ended this call. */
  remember(callId: CallId, reason: EndReason): void {
    this.#noteEnd(callId, null, reason, true);
  }

  /** R3: continues a call that another process had; the caller is on the phone, so no limit applies. */
  resume(call: CallFacts, resumed: ResumedCall): void {
    // A bridge that began here knows nothing of what happened elsewhere since.
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
      mayLeave: this.#parts.othersAreHere,
      onEvent: (event) => this.report(event),
      onEnd: (reason, isTold, left) => {
        this.#leaving.add(left);
        void left.finally(() => this.#leaving.delete(left));
        this.#bridges.delete(call.id);
        this.#noteEnd(call.id, call, reason, isTold);
        if (this.#bridges.size === 0) this.#onEmpty();
      },
    });
    this.#bridges.set(call.id, bridge);
    this.#parts.onHolding?.(call.id, 'live');
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
        return 'ask-again';
      case 'caller-hung-up':
      case 'line-lost':
      case 'no-stream':
      case undefined: {
        if (bridge?.awaitLine() === true) return this.#connectAgain(bridge);
        const reconnects = (this.#reconnects.get(call.id) ?? 0) + 1;
        if (reconnects > MOST_RECONNECTS) return 'apologise';
        // Too late for a busy tone: this call was answered long ago.
        if (this.admit(ended?.call ?? call) === 'busy') return 'apologise';
        this.#reconnects.set(call.id, reconnects);
        return 'connect';
      }
      default:
        return 'hang-up';
    }
  }

  /** R6: the stream was led to a process that leaves, which refused it. That process is gone after its `DRAIN_S`. */
  #connectAgain(bridge: Bridge): NextStep {
    return bridge.withoutLineMs > this.#parts.drainMs + LINE_WAIT_MS ? 'apologise' : 'connect';
  }

  /** The carrier reports that the call is over: the last of three ways to learn it. */
  over(callId: CallId): void {
    this.#bridges.get(callId)?.end('caller-hung-up');
    this.#ended.get(callId)?.forget();
  }

  /** R12: no new calls, while those in progress go on until `drain`. Resolves once it is known whether another process takes calls. */
  async takeNoCalls(): Promise<void> {
    this.#isDraining = true;
    this.#overdueAt ??= this.#parts.clock.now() + this.#parts.drainMs;
    this.#isHandingOver = await this.#parts.othersAreHere();
  }

  /**
   * Takes no new calls and waits for those in progress. While another process is there, each is handed over at the end of
   * its turn, and after `drainMs` at once; without one, the remaining callers then hear the
   * line `draining`, and their calls end. Resolves when the last call is gone.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#isLeaving = true;
    const overdueAt = (this.#overdueAt ??= this.#parts.clock.now() + this.#parts.drainMs);
    do {
      if (this.#bridges.size > 0) await this.#empty(overdueAt);
      else this.#isHandingOver = await this.#parts.othersAreHere();
      await Promise.all([...this.#coming, ...this.#leaving]);
    } while (this.#bridges.size > 0);
  }

  async #empty(overdueAt: number): Promise<void> {
    const { clock } = this.#parts;
    const isEmpty = new Promise<void>((resolve) => (this.#onEmpty = resolve));
    let isOverdue = false;
    let wasAlone = false;
    const look = async (): Promise<void> => {
      const isAlone = !(await this.#parts.othersAreHere());
      // A store that is busy for a second says nothing of the others: only the second such look in a row counts.
      const isInDoubt = isAlone && !wasAlone && this.#isHandingOver;
      wasAlone = isAlone;
      if (isInDoubt) return;
      this.#isHandingOver = !isAlone;
      for (const bridge of this.#bridges.values()) {
        if (this.#isHandingOver) bridge.handOver(isOverdue);
        else if (isOverdue) bridge.sayAndEnd('draining', 'draining');
        else bridge.keepHere();
      }
    };
    const stopLooking = repeat(clock, LOOK_EVERY_MS, look);
    const cancel = clock.after(Math.max(0, overdueAt - clock.now()), () => {
      isOverdue = true;
      void look();
    });
    await look();
    await isEmpty;
    stopLooking();
    cancel();
  }

  close(): void {
    this.#isDraining = true;
    for (const bridge of this.#bridges.values()) bridge.end('draining');
    for (const { forget } of this.#ended.values()) forget();
  }

  #noteEnd(callId: CallId, call: CallFacts | null, reason: EndReason, isTold: boolean): void {
    const forget = (): void => {
      cancel();
      this.#ended.delete(callId);
      this.#reconnects.delete(callId);
      this.#parts.onHolding?.(callId, 'gone');
    };
    const cancel = this.#parts.clock.after(REMEMBER_ENDED_MS, forget);
    this.#ended.set(callId, { call, reason, isTold, forget });
    this.#parts.onHolding?.(callId, reason === 'handed-over' ? 'gone' : 'ended');
  }

  #deliver(): void {
    const events = this.#undelivered;
    this.#undelivered = [];
    for (const event of events) for (const subscriber of this.#subscribers) subscriber(event);
  }
}
