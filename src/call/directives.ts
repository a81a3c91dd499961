// What the agent orders inside its reply, in double brackets: never spoken, and held back only for as long as it may
// still become an order, however the text is cut. Brackets with anything else in them are text like any other.

/** So far there is one: the call ends once the reply was heard. */
const END_CALL = '[[end]]';

export class Directives {
  #held = '';
  #endsCall = false;

  /** Whether the agent has ordered the end of the call. */
  get endsCall(): boolean {
    return this.#endsCall;
  }

  /** Takes the next piece of the reply; returns what of it, and of what was held back, is text. */
  push(delta: string): string {
    const text = (this.#held + delta).replaceAll(END_CALL, () => {
      this.#endsCall = true;
      return '';
    });
    const held = longestBeginning(text);
    this.#held = text.slice(text.length - held);
    return text.slice(0, text.length - held);
  }

  /** The reply is over: what was held back is text after all. */
  end(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** How many characters at the end of `text` may be the beginning of an order. */
function longestBeginning(text: string): number {
  for (let length = Math.min(END_CALL.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(END_CALL.slice(0, length))) return length;
  }
  return 0;
}
