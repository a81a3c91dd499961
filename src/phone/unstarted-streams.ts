// Open sockets that have not named their call. The signature of an upgrade is the same for every call, so an attacker who
// has it can open sockets, but cannot start one. Twilio's sockets say `start` at once, so the oldest is dropped to make
// room: a flood drops itself, and callers still get through.

interface Waiting {
  readonly address: string;
  readonly drop: () => void;
}

export class UnstartedStreams {
  readonly #most: number;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();

  /** `most` in all, and at most half of them from one address. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Adds a socket; `drop` cuts it in favour of a younger one. Returns a function to call once it has started or is gone;
   * idempotent.
   */
  enter(address: string, drop: () => void): () => void {
    const entered: Waiting = { address, drop };
    this.#waiting.add(entered);
    const ofAddress = [...this.#waiting].filter((one) => one.address === address);
    if (ofAddress.length > Math.ceil(this.#most / 2)) this.#drop(ofAddress[0]);
    else if (this.#waiting.size > this.#most) this.#drop(this.#waiting.values().next().value);
    return () => this.#waiting.delete(entered);
  }

  #drop(waiting: Waiting | undefined): void {
    if (waiting === undefined) return;
    this.#waiting.delete(waiting);
    waiting.drop();
  }
}
