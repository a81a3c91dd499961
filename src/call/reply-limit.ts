// How much of one reply is taken: ten minutes of speech. An agent that writes more has lost its way; what it writes is cut before it is scanned,
// because a single delta may be as large as the agent's server likes.
import { cutText } from './text.ts';

const LONGEST_REPLY = 10_000;

export class ReplyLimit {
  #left = LONGEST_REPLY;

  /** Nothing more is taken. */
  get isReached(): boolean {
    return this.#left === 0;
  }

  get hasTaken(): boolean {
    return this.#left < LONGEST_REPLY;
  }

  /** What of `delta` is still taken. */
  cut(delta: string): string {
    const taken = cutText(delta, this.#left);
    this.#left = taken.length < delta.length ? 0 : this.#left - taken.length;
    return taken;
  }
}
