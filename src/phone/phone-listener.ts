// What the phone asks the relay and reports to it, in the calls' own words. Twilio asks twice, late and at any process, so
// that every method must be idempotent per call.
import type { AnsweredBy } from '../call/assignment.ts';
import type { CallFacts, CallId, NextStep, TransferOutcome } from '../call/call.ts';
import type { Line, LineEvent } from '../call/ports.ts';
import type { CarrierStatus } from '../call/steering.ts';

/** A call by our ID and by the carrier's. */
export interface NamedCall {
  readonly callId: CallId;
  readonly sid: string;
}

/** A stream that has proved that it is this call's (O3). */
export interface NamedStream extends NamedCall {
  /** O10: all that Twilio said of a call that came in, with its first stream; null with any other. */
  readonly first: CallFacts | null;
}

export interface MachineVerdict {
  readonly callId: CallId;
  readonly answeredBy: AnsweredBy;
  /** The machine has finished its greeting and records from now on. */
  readonly isMessageOver: boolean;
}

export type LineListener = (event: LineEvent) => void;

export interface PhoneListener {
  onIncoming(call: CallFacts): Promise<NextStep>;
  /** Somebody or something answered an outbound call: the first news of it where placing it broke. */
  onAnswered(call: NamedCall): Promise<NextStep>;
  /**
   * The stream ended. `call` is all that Twilio knows of the call, because the process that had it may be gone; `transfer`
   * is null where there was none.
   */
  onNext(call: CallFacts, status: CarrierStatus, transfer: TransferOutcome | null): Promise<NextStep>;
  /** A human answered the transfer. Returns what they hear before the caller, '' for nothing. */
  onTransferAnswered(callId: CallId): Promise<string>;
  /** Comes during the call or after it. */
  onMachine(verdict: MachineVerdict): void;
  onStatus(call: NamedCall, status: CarrierStatus): void;
  onStreamError(callId: CallId): void;
  onStream(stream: NamedStream, line: Line): LineListener;
}
