// The caller's media stream (E2): a call has several, one after another, and outlives the gaps between them. A line that
// the call has left still sends events; ignore them (`isCurrent`): above all, its close is not a hang-up.
import type { CallClock } from './call-clock.ts';
import type { CallEventBody, EndReason } from '../call/call.ts';
import type { Line } from '../call/ports.ts';
import type { Playout } from './playout.ts';

/** Twilio connects a stream within about 10 s of the answer, or of being told to connect again. */
export const LINE_WAIT_MS = 15_000;

export interface CallerLineParts {
  readonly clock: CallClock;
  readonly playout: Playout;
  /** Ends the call if an awaited line does not come. */
  readonly end: (reason: EndReason) => void;
  readonly emit: (event: CallEventBody) => void;
}

export class CallerLine {
  readonly #parts: CallerLineParts;
  #line: Line | null = null;
  #lastHereAt: number;
  #hasBeenHere = false;
  #isConnecting = false;
  #cancelWait = (): void => {};

  constructor(parts: CallerLineParts) {
    this.#parts = parts;
    this.#lastHereAt = parts.clock.now();
  }

  get current(): Line | null {
    return this.#line;
  }

  get isHere(): boolean {
    return this.#line !== null;
  }

  /** How long the caller's audio has been missing; 0 while the line is here. */
  get awayMs(): number {
    return this.isHere ? 0 : this.#parts.clock.now() - this.#lastHereAt;
  }

  /** Whether the caller was ever here. */
  get hasBeenHere(): boolean {
    return this.#hasBeenHere;
  }

  isCurrent(line: Line): boolean {
    return this.#line === line;
  }

  /** Replaces a former line, and receives what the caller has not heard yet. Returns whether it is the first one. */
  attach(line: Line): boolean {
    const { playout, emit } = this.#parts;
    const former = this.#line;
    const isFirst = !this.#hasBeenHere;
    this.#line = line;
    this.#hasBeenHere = true;
    this.#isConnecting = false;
    this.#cancelWait();
    former?.close();
    emit({ type: 'line-connected', streamId: line.streamId });
    playout.attach(line);
    return isFirst;
  }

  /** Takes the line away from the call without closing it; null if it is gone already. */
  detach(): Line | null {
    const line = this.#line;
    this.#line = null;
    this.#lastHereAt = this.#parts.clock.now();
    this.#parts.playout.detach();
    return line;
  }

  /** Twilio connects the caller now, so they are still there. Returns whether it was to do so already, and no line came. */
  awaitAgain(): boolean {
    if (this.isHere) return false;
    const wasConnecting = this.#isConnecting;
    this.#isConnecting = true;
    this.await(this.#hasBeenHere ? 'line-lost' : 'no-stream', LINE_WAIT_MS);
    return wasConnecting;
  }

  /** The call ends for this reason unless a line comes in time. */
  await(reason: EndReason, ms: number): void {
    const { clock, end } = this.#parts;
    this.#cancelWait();
    this.#cancelWait = clock.after(ms, () => end(reason));
  }
}
