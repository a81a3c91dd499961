// Cuts the agent's text, as it streams in, into segments to speak: each sentence as soon as it has surely ended (T2). That
// is when something follows it: "3." may yet become "3.50", and "Dr." a doctor.
import { speakable } from './speakable.ts';
import { cutText } from './text.ts';

/** A sentence that runs on is cut at the last pause before this length, so that speech can begin. */
const LONGEST_SEGMENT = 300;

const SENTENCE_END = /[\p{Sentence_Terminal}\n\r\u0085\u2029]/u;

/** Ends with a full stop that ends no sentence: an abbreviation, an initial, the number of a list item. */
const NO_SENTENCE_END = /(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|St|Sr|Jr|vs|approx|\p{Lu})\.$|^\s*\d+[.)]$/u;

/** One for all: making it loads the language's rules, which takes longer than all of a reply's sentences. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });

export class Sentences {
  #pending = '';

  /** Takes the next piece of text; returns the segments that it completes, speakable, in order. */
  push(delta: string): string[] {
    const segments: string[] = [];
    // Piece by piece, so that nothing longer than two segments is ever scanned.
    for (let from = 0; from < delta.length;) {
      const piece = cutText(delta.slice(from, from + LONGEST_SEGMENT + 1), LONGEST_SEGMENT);
      from += piece.length;
      segments.push(...this.#take(piece));
    }
    return segments;
  }

  #take(piece: string): string[] {
    this.#pending += piece;
    // Most tokens end no sentence, and segmenting the same text for each of them would cost too much.
    if (this.#pending.length <= LONGEST_SEGMENT && !SENTENCE_END.test(this.#pending)) return [];
    const sentences = this.#sentences();
    const last = sentences.at(-1) ?? '';
    const words = last.trimEnd();
    const hasEnded = last.includes('\n', words.length) && !NO_SENTENCE_END.test(words);
    const complete = hasEnded ? sentences : sentences.slice(0, -1);
    this.#pending = hasEnded ? '' : last;
    while (this.#pending.length > LONGEST_SEGMENT) {
      const cut = lastPause(this.#pending);
      complete.push(this.#pending.slice(0, cut));
      this.#pending = this.#pending.slice(cut);
    }
    return toSegments(complete);
  }

  /** The agent has paused: what looks like a whole sentence counts as one. */
  pause(): string[] {
    return /[.!?。！？…:]["'”’»)\]*_]*\s*$/.test(this.#pending) ? this.end() : [];
  }

  /** The text is over: the rest is the last segment. */
  end(): string[] {
    const sentences = this.#sentences();
    this.#pending = '';
    return toSegments(sentences);
  }

  #sentences(): string[] {
    const sentences: string[] = [];
    let isOpen = false;
    for (const { segment } of segmenter.segment(this.#pending)) {
      if (isOpen) sentences[sentences.length - 1] += segment;
      else sentences.push(segment);
      const sentence = sentences.at(-1) ?? '';
      isOpen = NO_SENTENCE_END.test(sentence.trimEnd()) || isInsideMark(sentence);
    }
    return sentences;
  }
}

/** Inside `[text](link)`, 【…】 or a bare URL, where a full stop or a question mark may stand that ends nothing. */
function isInsideMark(text: string): boolean {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  const isOpen = (open: string, close: string): boolean => line.lastIndexOf(open) > line.lastIndexOf(close);
  return (
    isOpen('[', ']') ||
    isOpen('](', ')') ||
    isOpen('【', '】') ||
    isOpen('\u{E200}', '\u{E201}') ||
    /https?:\/\//.test(line.split(/\s/).at(-1) ?? '')
  );
}

function lastPause(text: string): number {
  const head = text.slice(0, LONGEST_SEGMENT);
  const pause = Math.max(
    ...[', ', '; ', ': ', ' – ', ' - '].map((mark) => head.lastIndexOf(mark) + mark.length - 1),
  );
  if (pause > LONGEST_SEGMENT / 3) return pause + 1;
  const space = head.lastIndexOf(' ');
  return space > 0 ? space + 1 : cutText(text, LONGEST_SEGMENT).length;
}

function toSegments(sentences: string[]): string[] {
  return sentences.map(speakable).filter((segment) => segment !== '');
}
