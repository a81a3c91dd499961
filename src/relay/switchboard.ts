// Which process has this call? The one answer for Twilio, a stream, another process and the API. Twilio asks any
// process, so a call that is unknown here may be another's, and may have to be claimed from the store before it is answered.
import type { BridgeParts } from '../bridge/bridge-parts.ts';
import { LiveCalls } from '../bridge/live-calls.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { Steered } from '../call/call-control.ts';
import { inboundIdOf, isOutboundId } from '../call/call-id.ts';
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallFacts, CallId, NextStep, TransferOutcome } from '../call/call.ts';
import type { Clock, Line } from '../call/ports.ts';
import { within } from '../call/waiting.ts';
import { type CarrierStatus, isOver, type Steering } from '../call/steering.ts';
import { Outbound, type OutboundParts } from '../outbound/outbound.ts';
import type { Holding } from '../cluster/messages.ts';
import type { Siblings } from '../cluster/siblings.ts';
import type {
  LineListener,
  MachineVerdict,
  NamedCall,
  NamedStream,
  PhoneListener,
} from '../phone/phone-listener.ts';
import { CallRecords, type CallRecordsParts, type Known, LEASE_MS } from '../store/call-records.ts';
import { listenLater } from './line-buffer.ts';

/** Twilio may ask this process what next with the calls that it handed over, until it is led to another. */
const LINGER_MS = 2_000;
/** A store that is slow must not keep a caller waiting. */
const KNOWN_WITHIN_MS = 300;
const MOST_OVER = 1_000;
/** Before Twilio asks again, it is led to another process, or this one has found out more. */
const ASK_AGAIN_MS = 250;

export interface SwitchboardParts {
  readonly clock: Clock;
  readonly store: CallStore & OutboundParts['store'];
  /** A name that no other process and no earlier one had. */
  readonly ownerId: string;
  /** Of this machine. */
  readonly maxCalls: number;
  /** Its other processes. */
  readonly siblings: Siblings;
  /** How long live calls have once the process stops. */
  readonly drainMs: number;
  /** What a bridge needs besides the switchboard. */
  readonly bridge: (
    call: CallFacts,
  ) => Omit<
    BridgeParts,
    'call' | 'clock' | 'resumed' | 'mayLeave' | 'onEvent' | 'onEnd' | 'keep' | 'onSettling'
  >;
  readonly records: Pick<CallRecordsParts, 'keepsWords' | 'retentionDays' | 'prices'>;
  readonly outbound: Pick<
    OutboundParts,
    'from' | 'limits' | 'callbacks' | 'place' | 'hangUp' | 'agentOf' | 'wantedOf' | 'publicUrl' | 'onBug'
  >;
  /** Whether the business answers this caller. */
  readonly isWelcome: (call: CallFacts) => boolean;
  /** A caller was turned away for that. */
  readonly onUnwelcome: () => void;
  /** Whether the event loop is too late for another call. */
  readonly isOverloaded: () => boolean;
  /** `callId` where the line is about one call. The lines hold no personal data. */
  readonly log: (line: string, callId?: CallId) => void;
}

export class Switchboard implements PhoneListener {
  /** The calls that are live in this process. */
  readonly calls: LiveCalls;
  readonly records: CallRecords;
  readonly outbound: Outbound;
  /** By which the records name this process. */
  readonly ownerId: string;
  readonly #parts: SwitchboardParts;
  /** The latest calls of which Twilio said that they are over: O7 holds for them though the records do not answer. */
  readonly #over = new Set<CallId>();

  constructor(parts: SwitchboardParts) {
    this.#parts = parts;
    this.ownerId = parts.ownerId;
    const { clock, store, ownerId, maxCalls, siblings, drainMs, log } = parts;
    const onHolding = (callId: CallId, how: Holding): void => siblings.hold(callId, how);
    this.calls = new LiveCalls({
      clock,
      maxCalls,
      elsewhere: () => siblings.elsewhere.live,
      onHolding,
      drainMs,
      othersAreHere: () => this.records.othersAreHere(),
      bridge: (call) => ({
        ...parts.bridge(call),
        keep: (resume, close) => this.records.handOver(call.id, resume, close),
        onSettling: (reason, memory) => this.outbound.settling.settle(call.id, reason, memory),
      }),
    });
    this.records = new CallRecords({
      ...parts.records,
      store,
      ownerId,
      clock,
      resumeOf: (callId) => this.calls.get(callId)?.resumeState ?? null,
      liveCalls: () => [...this.calls.ids, ...this.outbound.ids],
      onTaken: (callId) => {
        this.calls.get(callId)?.release();
        this.outbound.release(callId);
      },
      onSteering: (callId, steering) => void this.steerHere(callId, steering),
      log,
    });
    this.outbound = new Outbound({
      ...parts.outbound,
      clock,
      store,
      ownerId,
      leaseMs: LEASE_MS,
      records: this.records,
      ...parts.records,
      emit: (callId, event) => this.calls.report({ callId, at: clock.now(), ...event }),
      onHolding,
      isFull: () => this.calls.isFull || this.#lines >= maxCalls,
      begin: (call) => this.calls.start(call),
      isKnown: (callId) => !this.calls.isUnknown(callId),
      log,
    });
    this.subscribe(this.records.take);
    this.subscribe(this.outbound.settling.take);
  }

  /** Calls `subscriber` with every event of this process's calls, in order; returns what ends that. It must not throw. */
  subscribe(subscriber: (event: CallEvent) => void): () => void {
    return this.calls.subscribe(subscriber);
  }

  // ---- what the phone asks ----

  async onIncoming(call: CallFacts): Promise<NextStep> {
    // O6: an unanswered call costs nothing.
    if (!this.#parts.isWelcome(call)) {
      this.#parts.onUnwelcome();
      return 'busy';
    }
    return this.#decide(call, () => this.#admit(call));
  }

  /** What an incoming call would get now, with nothing begun, counted or written. */
  async rehearse(call: CallFacts): Promise<NextStep> {
    if (!this.#parts.isWelcome(call)) return 'busy';
    return this.#decide(call, () => (this.#isTooMuch(call) || this.calls.isFull ? 'busy' : 'connect'));
  }

  async #decide(call: CallFacts, admit: () => NextStep): Promise<NextStep> {
    // O7: anyone who saw a webhook from Twilio can replay it.
    if (await this.#isOver(call.id)) return 'hang-up';
    // Twilio rings on meanwhile.
    if (this.calls.isDraining && (await this.records.othersAreHere())) return this.#askAgain();
    return admit();
  }

  async onAnswered({ callId, sid }: NamedCall): Promise<NextStep> {
    const call = this.calls.get(callId)?.call ?? (await this.outbound.out.answered(callId, sid));
    return call === null ? 'hang-up' : 'connect';
  }

  async onNext(call: CallFacts, status: CarrierStatus, transfer: TransferOutcome | null): Promise<NextStep> {
    if (isOver(status)) {
      this.calls.over(call.id);
      return 'hang-up';
    }
    const mayBeElsewhere = transfer !== 'answered' && this.calls.mayBeElsewhere(call.id);
    // A process that leaves claims nothing, and has no stream connected to it.
    const isTheirs = this.calls.get(call.id) === undefined || (this.calls.isLeaving && mayBeElsewhere);
    if (this.calls.isHandingOver && isTheirs) return transfer === 'answered' ? 'hang-up' : this.#askAgain();
    if (mayBeElsewhere) {
      const known = await this.#claim(call.id, call.carrier?.sid);
      if (known.is === 'theirs') return this.#askAgain();
      if (known.is === 'ended') this.calls.remember(call.id, known.reason);
    }
    const step = this.calls.next(call, transfer);
    return step === 'ask-again' ? this.#askAgain() : step;
  }

  async onTransferAnswered(callId: CallId): Promise<string> {
    if (this.calls.isUnknown(callId)) await this.#claim(callId);
    return this.calls.get(callId)?.transferAnswered() ?? '';
  }

  onMachine({ callId, ...verdict }: MachineVerdict): void {
    const { store, clock, log } = this.#parts;
    const steering = { type: 'machine', ...verdict } as const;
    if (this.steerHere(callId, steering) !== null) return;
    store
      .steer(callId, steering, clock.now())
      .catch(() => log('Could not store the answering-machine result', callId));
  }

  onStatus({ callId, sid }: NamedCall, status: CarrierStatus): void {
    if (this.calls.isUnknown(callId) && isOutboundId(callId))
      void this.outbound.out.hearStatus(callId, sid, status);
    else if (isOver(status)) {
      this.calls.over(callId);
      this.#noteOver(callId);
    }
  }

  onStreamError(callId: CallId): void {
    this.#parts.log('stream-error', callId);
  }

  onStream(stream: NamedStream, line: Line): LineListener {
    const { callId } = stream;
    const bridge = this.calls.mayBeElsewhere(callId) ? undefined : this.calls.get(callId);
    return bridge?.attach(line) ?? listenLater(line, this.#listener(stream));
  }

  // ---- what the API asks ----

  /** By our ID or by the carrier's SID. Rejects with a StoreError. */
  async find(name: string): Promise<CallRecord | null> {
    const { store } = this.#parts;
    return (await store.load(name)) ?? (await store.loadBySid(name));
  }

  /**
   * A command for a call of another machine's process takes up to 0.5 s, and is lost if that process dies. Rejects with a StoreError.
   */
  async steer(name: string, steering: Steering): Promise<Steered> {
    const { store, clock, siblings } = this.#parts;
    const here = this.steerHere(name, steering) ?? this.steerHere(inboundIdOf(name), steering);
    if (here !== null) return here;
    const call = await this.find(name);
    if (call === null) return 'unknown';
    const found =
      this.steerHere(call.id, steering) ??
      (await siblings.ask(call.id, 'steer', { callId: call.id, steering }));
    if (found !== null) return found;
    if (call.ended !== null) return 'over';
    // Before the answer there is nobody to whom anything could be said.
    if (call.stage !== 'in-progress' && steering.type !== 'hang-up') return 'not-allowed';
    await store.steer(call.id, steering, clock.now());
    return 'accepted';
  }

  /** null: this process does not have the call. */
  steerHere(callId: CallId, steering: Steering): Steered | null {
    if (steering.type === 'status') {
      this.onStatus({ callId, sid: steering.sid }, steering.status);
      return 'accepted';
    }
    const bridge = this.calls.get(callId);
    if (bridge !== undefined) return bridge.steer(steering) ? 'accepted' : 'not-allowed';
    return steering.type === 'hang-up' && this.outbound.out.cancel(callId) ? 'accepted' : null;
  }

  /** R12: no new calls, and none from other processes; resolves once they know it. */
  async takeNoCalls(): Promise<void> {
    await this.records.leaving();
    await this.calls.takeNoCalls();
  }

  /** R2: no new calls; resolves when those in progress are handed over or ended, at most shortly after `drainMs`. */
  async drain(): Promise<void> {
    void this.records.leaving();
    await this.calls.drain();
    if (this.calls.hasHandedOver) await this.#wait(LINGER_MS);
  }

  /** Calls of this machine that are live, or about to be. */
  get #lines(): number {
    const { live, waiting } = this.#parts.siblings.elsewhere;
    return this.calls.phoneCount + this.outbound.out.count + live + waiting;
  }

  #admit(call: CallFacts): NextStep {
    const step = this.#isTooMuch(call) ? 'busy' : this.calls.admit(call);
    if (step === 'connect') this.outbound.follow(call);
    return step;
  }

  #isTooMuch({ id }: CallFacts): boolean {
    return this.#parts.isOverloaded() && this.calls.get(id) === undefined;
  }

  async #askAgain(): Promise<NextStep> {
    await this.#wait(ASK_AGAIN_MS);
    return 'ask-again';
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(ms, resolve));
  }

  #noteOver(callId: CallId): void {
    this.#over.add(callId);
    const [oldest] = this.#over;
    if (this.#over.size > MOST_OVER && oldest !== undefined) this.#over.delete(oldest);
  }

  /** Whether an inbound call has ended, here or elsewhere; false if the store cannot tell in time. */
  async #isOver(callId: CallId): Promise<boolean> {
    if (this.calls.get(callId) !== undefined) return false;
    if (this.#over.has(callId)) return true;
    const { clock, store } = this.#parts;
    const isOver = store.load(callId).then(
      (call) => call !== null && call.ended !== null,
      () => false,
    );
    return within(clock, KNOWN_WITHIN_MS, isOver, false);
  }

  /** R3: claims the call, and carries on with it where it is this process's now. */
  #claim(callId: CallId, sid?: string, isNew = false): Promise<Known> {
    const bridge = this.calls.get(callId);
    const claimed = this.records.claim(callId, sid, isNew).then((known) => {
      // Meanwhile the call may have come here by another way, or ended here.
      const hasEnded = bridge !== undefined && bridge.ended !== null && bridge.ended !== 'handed-over';
      if (!hasEnded && this.calls.mayBeElsewhere(callId)) this.#resume(known);
      return known;
    });
    this.calls.expect(claimed);
    return claimed;
  }

  #resume(known: Known): void {
    if (known.is !== 'ours' && known.is !== 'not-begun') return;
    this.outbound.follow(known.call);
    if (known.is === 'ours') this.calls.resume(known.call, known);
    else this.calls.start(known.call);
  }

  /** R3: null if this process cannot claim the call; its stream is then closed. */
  async #listener({ callId, sid, first }: NamedStream): Promise<((line: Line) => LineListener) | null> {
    const known = await this.#claim(callId, sid, first !== null);
    // O10: whichever process answered the webhook lets go of the call once it learns of this.
    if (first !== null && known.is === 'unknown' && this.calls.endOf(callId) === null) this.#admit(first);
    const bridge = this.calls.get(callId);
    return bridge === undefined ? null : (line) => bridge.attach(line);
  }
}
