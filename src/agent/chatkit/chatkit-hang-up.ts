// When to hang up on a request whose answer nobody reads any more: as soon as the server has shown that it has the message,
// or after two seconds. Hung up on earlier, the server might have the message or not.
import type { Clock } from '../../call/ports.ts';

/** A server that shows nothing by then receives the message again: rather twice than never. */
const TAKEN_WITHIN_MS = 2000;

export class HangUp {
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  readonly #closing: AbortSignal;
  readonly #now = new AbortController();
  #cancelTimer: (() => void) | null = null;
  #isTaken = false;

  /** `stop` aborts when nobody reads the answer any more, `closing` when there is no time to wait. */
  constructor(clock: Clock, stop: AbortSignal, closing: AbortSignal) {
    this.#clock = clock;
    this.#stop = stop;
    this.#closing = closing;
    stop.addEventListener('abort', this.#leave);
    closing.addEventListener('abort', this.#leave);
  }

  get signal(): AbortSignal {
    return this.#now.signal;
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  noteTaken(): void {
    this.#isTaken = true;
    if (this.#stop.aborted) this.#now.abort();
  }

  release(): void {
    this.#cancelTimer?.();
    this.#stop.removeEventListener('abort', this.#leave);
    this.#closing.removeEventListener('abort', this.#leave);
  }

  readonly #leave = (): void => {
    if (this.#isTaken || this.#closing.aborted) this.#now.abort();
    else this.#cancelTimer ??= this.#clock.after(TAKEN_WITHIN_MS, () => this.#now.abort());
  };
}
