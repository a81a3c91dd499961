// How long frames take through a subject, and whether all of them arrive. One of each way and call; the delays of all
// calls of a subject go into one list.
import type { Stamp } from './stamp.ts';

/** What is measured while it is open. */
export interface Delays {
  isOpen: boolean;
  upMs: number[];
  downMs: number[];
}

export class Way {
  readonly #delays: Delays;
  readonly #name: 'upMs' | 'downMs';
  /** Under way, by their order. */
  readonly #onTheWay = new Set<number>();
  #sent = 0;
  #doubled = 0;

  constructor(delays: Delays, name: 'upMs' | 'downMs') {
    this.#delays = delays;
    this.#name = name;
  }

  /** Returns the order of the next frame. */
  sent(): number {
    this.#onTheWay.add(this.#sent);
    return this.#sent++;
  }

  /** null: a frame that was not stamped, such as a greeting out of memory. */
  arrived(stamp: Stamp | null, now: number): void {
    if (stamp === null) return;
    if (!this.#onTheWay.delete(stamp.order)) this.#doubled += 1;
    if (this.#delays.isOpen && stamp.sentAt !== null) this.#delays[this.#name].push(now - stamp.sentAt);
  }

  get frames(): number {
    return this.#sent;
  }

  /** Frames that did not arrive once; final when nothing is under way any more. */
  get lost(): number {
    return this.#onTheWay.size + this.#doubled;
  }
}

export interface Ways {
  readonly up: Way;
  readonly down: Way;
}
