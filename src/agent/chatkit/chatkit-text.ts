// Finds the text of a ChatKit reply that is still to be spoken. It comes repeatedly, as deltas, parts and messages, or only
// once. An ID does not identify a message: with some models every message is called `__fake_id__`. Each part is cut before it is
// read, just past what a reply may be, so that the turn still sees that there was more.
import { LONGEST_REPLY } from '../../call/reply-limit.ts';
import { cutText } from '../../call/text.ts';

const LONGEST_PART = LONGEST_REPLY + 2;

interface Part {
  told: string;
  spoken: string;
}

export class ChatKitText {
  readonly #parts = new Map<string, Part[]>();
  /** What was passed on of all messages with an ID; '' for nothing so far. */
  readonly #spoken = new Map<string, string>();
  #endsInWord = false;

  get hasSpoken(): boolean {
    return this.#spoken.values().some((text) => text !== '');
  }

  begin(itemId: string, texts: readonly string[]): string {
    this.#parts.delete(itemId);
    return this.#wholes(itemId, texts);
  }

  delta(itemId: string, index: number, delta: string): string {
    const { told } = this.#part(itemId, index);
    return this.whole(itemId, index, told + cutText(delta, LONGEST_PART - told.length));
  }

  /** A part as written so far. If its final text differs, it stays as it was spoken. */
  whole(itemId: string, index: number, uncut: string): string {
    const text = cutText(uncut, LONGEST_PART);
    const part = this.#part(itemId, index);
    part.told = text;
    if (isData(text) || !text.startsWith(part.spoken)) return '';
    const rest = text.slice(part.spoken.length);
    const isFirst = part.spoken === '';
    part.spoken = text;
    return this.#speak(itemId, rest, isFirst);
  }

  done(itemId: string, texts: readonly string[]): string {
    const rest = this.#wholes(itemId, texts);
    this.#parts.delete(itemId);
    return rest;
  }

  /** Returns whether the message was spoken, if only in part: then the whole reply is withdrawn. */
  remove(itemId: string): boolean {
    const isSpoken = (this.#spoken.get(itemId) ?? '') !== '';
    this.#parts.delete(itemId);
    if (isSpoken) this.#takeBack();
    return isSpoken;
  }

  /** A message is replaced; ignored if it does not belong to this reply. */
  replace(
    itemId: string,
    texts: readonly string[],
  ): { readonly isTakenBack: boolean; readonly text: string } {
    const spoken = this.#spoken.get(itemId);
    this.#parts.delete(itemId);
    if (spoken === undefined) return { isTakenBack: false, text: '' };
    const wanted = texts
      .map((text) => cutText(text, LONGEST_PART))
      .filter((text) => !isData(text))
      .join('');
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
 * A classifier node writes its JSON as if it were speech. Nothing else distinguishes the two, so text that begins like an
 * object is never spoken; until the first character that is no space, it may be either.
 */
function isData(text: string): boolean {
  return /^\s*(\{|$)/.test(text);
}
