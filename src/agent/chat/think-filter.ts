// The reasoning that an open model writes in front of its answer, between <think> and </think>, is not for the caller.
// Either tag may come split over several deltas, so what might still become one is held back. A server whose template
// has written the opening tag already sends the closing one only: to the relay that is speech, and such a server has to
// be told to part the two (vLLM: --reasoning-parser).

const OPEN = '<think>';
const CLOSE = '</think>';

export class ThinkFilter {
  #is: 'undecided' | 'thinking' | 'speaking' = 'undecided';
  /** While undecided, what may become the opening tag; while thinking, what may become the closing one. */
  #held = '';

  /** A thought was begun and not ended. */
  get isThinking(): boolean {
    return this.#is === 'thinking';
  }

  /** What of the text so far is to be spoken, and was not handed out yet. */
  push(delta: string): string {
    if (this.#is === 'speaking') return delta;
    this.#held += delta;
    for (;;) {
      if (this.#is === 'thinking') {
        const end = this.#held.indexOf(CLOSE);
        if (end === -1) {
          this.#held = this.#held.slice(1 - CLOSE.length);
          return '';
        }
        // Another thought may follow.
        this.#is = 'undecided';
        this.#held = this.#held.slice(end + CLOSE.length);
      }
      this.#held = this.#held.trimStart();
      if (OPEN.startsWith(this.#held)) {
        if (this.#held !== OPEN) return '';
      } else if (!this.#held.startsWith(OPEN)) {
        this.#is = 'speaking';
        return this.#takeHeld();
      }
      this.#is = 'thinking';
      this.#held = this.#held.slice(OPEN.length);
    }
  }

  /** The text is over: what was held back after all. */
  end(): string {
    return this.#is === 'undecided' ? this.#takeHeld() : '';
  }

  #takeHeld(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}
