// What the phone asks, led to the process of this machine that has the call (R10). Twilio's requests and streams reach any
// process; without this, each would have to claim its call from the record, and dial speech anew.
import type { CallFacts, CallId, NextStep, TransferOutcome } from '../call/call.ts';
import type { Line } from '../call/ports.ts';
import type { CarrierStatus } from '../call/steering.ts';
import type { Siblings } from '../cluster/siblings.ts';
import type {
  LineListener,
  MachineVerdict,
  NamedCall,
  NamedStream,
  PhoneListener,
} from '../phone/phone-listener.ts';
import type { Switchboard } from './switchboard.ts';

export class RoutedPhone implements PhoneListener {
  readonly #here: Switchboard;
  readonly #siblings: Siblings;

  constructor(here: Switchboard, siblings: Siblings) {
    this.#here = here;
    this.#siblings = siblings;
  }

  async onIncoming(call: CallFacts): Promise<NextStep> {
    const elsewhere = this.#isHere(call.id)
      ? null
      : await this.#siblings.ask(call.id, 'incoming', { call }, true);
    return elsewhere ?? this.#here.onIncoming(call);
  }

  async onAnswered(call: NamedCall): Promise<NextStep> {
    const elsewhere = await this.#siblings.ask(call.callId, 'answered', { call });
    return elsewhere ?? this.#here.onAnswered(call);
  }

  async onNext(call: CallFacts, status: CarrierStatus, transfer: TransferOutcome | null): Promise<NextStep> {
    const asked = { call, status, transfer };
    const elsewhere = this.#isHere(call.id) ? null : await this.#siblings.ask(call.id, 'next', asked, true);
    return elsewhere ?? this.#here.onNext(call, status, transfer);
  }

  async onTransferAnswered(callId: CallId): Promise<string> {
    const elsewhere = await this.#siblings.ask(callId, 'transferAnswered', { callId });
    return elsewhere ?? this.#here.onTransferAnswered(callId);
  }

  onMachine(verdict: MachineVerdict): void {
    void this.#siblings.ask(verdict.callId, 'verdict', verdict).then((noted) => {
      if (noted === null) this.#here.onMachine(verdict);
    });
  }

  onStatus(call: NamedCall, status: CarrierStatus): void {
    void this.#siblings.ask(call.callId, 'status', { call, status }).then((noted) => {
      if (noted === null) this.#here.onStatus(call, status);
    });
  }

  onStreamError(callId: CallId): void {
    this.#here.onStreamError(callId);
  }

  /** The stream of a call that another process has came to this one all the same: it is claimed. */
  onStream(stream: NamedStream, line: Line): LineListener {
    return this.#here.onStream(stream, line);
  }

  #isHere(callId: CallId): boolean {
    return this.#here.calls.has(callId);
  }
}
