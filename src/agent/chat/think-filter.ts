// Removes the reasoning that an open model writes before its answer, between <think> and </think>. Either tag may come split
// over several deltas, so text that may still become a tag is held back. A server whose template writes the opening tag
// itself sends only the closing one: that is speech to the relay, and such a server must be configured to separate the two
// (vLLM: --reasoning-parser).

const OPEN = '<think>';
const CLOSE = '</think>';

export class ThinkFilter {
  #is: 'undecided' | 'thinking' | 'speaking' = 'undecided';
  /** May become the opening tag (undecided) or the closing one (thinking). */
  #held = '';

  get isThinking(): boolean {
    return this.#is === 'thinking';
  }

  /** Returns the text that is certain to be speech. */
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

  end(): string {
    return this.#is === 'undecided' ? this.#takeHeld() : '';
  }

  #takeHeld(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}
