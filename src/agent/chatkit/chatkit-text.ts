// Which text of one reply of a ChatKit agent is still to be spoken. It is told several times over, as deltas, parts and
// messages, or once only. An ID does not name one message: over some models every one is called `__fake_id__`.

interface Part {
  /** As far as it was told. */
  told: string;
  /** As far as it was handed out. */
  spoken: string;
}

export class ChatKitText {
  /** The parts of the messages being written. */
  readonly #parts = new Map<string, Part[]>();
  /** What was handed out of each message, of all that had its ID; '' for nothing so far. */
  readonly #spoken = new Map<string, string>();
  #endsInWord = false;

  /** Whether anything was handed out and not taken back. */
  get hasSpoken(): boolean {
    return this.#spoken.values().some((text) => text !== '');
  }

  /** A message begins, whatever had its ID before. */
  begin(itemId: string, texts: readonly string[]): string {
    this.#parts.delete(itemId);
    return this.#wholes(itemId, texts);
  }

  delta(itemId: string, index: number, delta: string): string {
    return this.whole(itemId, index, this.#part(itemId, index).told + delta);
  }

  /** A part, as far as it is written. What was written otherwise in the end stays as it was spoken. */
  whole(itemId: string, index: number, text: string): string {
    const part = this.#part(itemId, index);
    part.told = text;
    if (isData(text) || !text.startsWith(part.spoken)) return '';
    const rest = text.slice(part.spoken.length);
    const isFirst = part.spoken === '';
    part.spoken = text;
    return this.#speak(itemId, rest, isFirst);
  }

  /** A message is done; the next that has its ID is another. */
  done(itemId: string, texts: readonly string[]): string {
    const rest = this.#wholes(itemId, texts);
    this.#parts.delete(itemId);
    return rest;
  }

  /** Whether the message was spoken, if only in part, so that what was said is to be taken back: all of it. */
  remove(itemId: string): boolean {
    const isSpoken = (this.#spoken.get(itemId) ?? '') !== '';
    this.#parts.delete(itemId);
    if (isSpoken) this.#takeBack();
    return isSpoken;
  }

  /** A message is to be another; of no concern where it was none of this reply. */
  replace(
    itemId: string,
    texts: readonly string[],
  ): { readonly isTakenBack: boolean; readonly text: string } {
    const spoken = this.#spoken.get(itemId);
    this.#parts.delete(itemId);
    if (spoken === undefined) return { isTakenBack: false, text: '' };
    const wanted = texts.filter((text) => !isData(text)).join('');
    if (wanted.startsWith(spoken)) {
      return { isTakenBack: false, text: this.#speak(itemId, wanted.slice(spoken.length), spoken === '') };
    }
    this.#takeBack();
    return { isTakenBack: true, text: this.done(itemId, texts) };
  }

  #takeBack(): void {
    for (const itemId of this.#spoken.keys()) this.#spoken.set(itemId, '');
    this.#endsInWord = false;
  }

  #wholes(itemId: string, texts: readonly string[]): string {
    if (!this.#spoken.has(itemId)) this.#spoken.set(itemId, '');
    return texts.map((text, index) => this.whole(itemId, index, text)).join('');
  }

  #part(itemId: string, index: number): Part {
    const parts = this.#parts.get(itemId) ?? [];
    this.#parts.set(itemId, parts);
    return (parts[index] ??= { told: '', spoken: '' });
  }

  #speak(itemId: string, text: string, isFirstOfPart: boolean): string {
    if (text === '') return '';
    // Two messages in one reply are two paragraphs, or the last word of one would run into the first of the next.
    const gap = isFirstOfPart && this.#endsInWord ? '\n' : '';
    this.#spoken.set(itemId, (this.#spoken.get(itemId) ?? '') + text);
    this.#endsInWord = /\S$/.test(text);
    return gap + text;
  }
}

/**
 * A node that classifies writes its JSON as if it were said. Nothing else tells the two apart, so what begins like an
 * object is never spoken; until something is written that is no space, it may be either.
 */
function isData(text: string): boolean {
  return /^\s*(\{|$)/.test(text);
}
