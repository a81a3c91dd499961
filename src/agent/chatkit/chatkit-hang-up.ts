// When to hang up on a request whose answer nobody reads any more: at once where the server has taken what it says,
// else as soon as it has, or has had long enough. Hung up on earlier, it might have been taken or not.

/** A server that has not taken it by then is told it again: rather twice than never. */
const TAKEN_WITHIN_MS = 2000;

export class HangUp {
  readonly #stop: AbortSignal;
  readonly #closing: AbortSignal;
  readonly #now = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #isTaken = false;

  /** `stop` aborts when nobody reads the answer any more, `closing` when nothing is to be waited for. */
  constructor(stop: AbortSignal, closing: AbortSignal) {
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

  /** The request is over. */
  release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#leave);
    this.#closing.removeEventListener('abort', this.#leave);
  }

  readonly #leave = (): void => {
    if (this.#isTaken || this.#closing.aborted) this.#now.abort();
    else this.#timer ??= setTimeout(() => this.#now.abort(), TAKEN_WITHIN_MS);
  };
}
