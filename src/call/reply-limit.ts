// Limits a reply to ten minutes of speech. Text is cut here before it is scanned,
// because a single delta may be as large as the agent's server likes.
import { cutText } from './text.ts';

/** In characters. */
export const LONGEST_REPLY = 10_000;

export class ReplyLimit {
  #left = LONGEST_REPLY;

  /** The rest of the reply is ignored. */
  get isReached(): boolean {
    return this.#left === 0;
  }

  get hasTaken(): boolean {
    return this.#left < LONGEST_REPLY;
  }

  /** The part of `delta` within the limit. */
  cut(delta: string): string {
    const taken = cutText(delta, this.#left);
    this.#left = taken.length < delta.length ? 0 : this.#left - taken.length;
    return taken;
  }
}
