// Finds the text of a reply that is still to be spoken, in events that repeat it: as deltas, as the whole part, as the whole
// item, and again after a lost stream. A delta has no position, so it counts only while the item was followed from its first
// character; otherwise the whole text must come. What is kept ends just past what a reply may be, so that the turn still sees that
// there was more.
import { LONGEST_REPLY } from '../call/reply-limit.ts';
import { cutText } from '../call/text.ts';

const LONGEST_KEPT = LONGEST_REPLY + 2;

export interface ReplyItem {
  readonly id: string;
  readonly phase?: 'commentary' | 'final_answer' | null;
  readonly content: readonly { readonly type: string; readonly text?: string; readonly refusal?: string }[];
}

interface Place {
  readonly item_id: string;
  readonly content_index: number;
}

interface Part {
  /** Characters that came as deltas, and characters passed on: a snapshot may run ahead of the deltas. */
  received: number;
  spoken: number;
}

export class ReplyText {
  readonly #parts = new Map<string, Part>();
  readonly #followed = new Set<string>();
  readonly #toBeSpoken = new Set<string>();
  #spoken = '';

  get spoken(): string {
    return this.#spoken;
  }

  /** The item begins on the stream that is being read. */
  begin(item: ReplyItem): void {
    this.#note(item);
    this.#followed.add(item.id);
  }

  /** Events may have been missed. */
  loseTrack(): void {
    this.#followed.clear();
  }

  delta(place: Place, delta: string): string {
    if (!this.#followed.has(place.item_id)) return '';
    const part = this.#part(place);
    const start = part.received;
    part.received += delta.length;
    return this.#speak(place, delta.slice(Math.max(0, part.spoken - start)));
  }

  wholePart(place: Place, text: string): string {
    return this.#speak(place, text.slice(this.#part(place).spoken));
  }

  wholeItem(item: ReplyItem): string {
    this.#note(item);
    return item.content
      .map(({ text, refusal }, index) =>
        this.wholePart({ item_id: item.id, content_index: index }, text ?? refusal ?? ''),
      )
      .join('');
  }

  #note(item: ReplyItem): void {
    if (item.phase !== 'commentary') this.#toBeSpoken.add(item.id);
  }

  #part({ item_id, content_index }: Place): Part {
    const key = `${item_id}/${content_index}`;
    const part = this.#parts.get(key) ?? { received: 0, spoken: 0 };
    this.#parts.set(key, part);
    return part;
  }

  #speak(place: Place, uncut: string): string {
    if (uncut === '' || !this.#toBeSpoken.has(place.item_id)) return '';
    const part = this.#part(place);
    const text = cutText(uncut, Math.max(0, LONGEST_KEPT - this.#spoken.length));
    if (text === '') return '';
    // Two messages in one reply are two paragraphs, or the last word of one would run into the first of the next.
    const gap = part.spoken === 0 && /\S/.test(this.#spoken.slice(-1)) ? '\n' : '';
    part.spoken += text.length;
    this.#spoken += gap + text;
    return gap + text;
  }
}
