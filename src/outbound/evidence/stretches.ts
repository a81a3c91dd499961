// What the callee said, in stretches: a sentence, cut where a word corrects what came before ("Tuesday, no, Thursday" is two). A line is
// read once, whatever is asked of it later.
import type { TranscriptLine } from '../../call/transcript.ts';
import { CHECKS, CORRECTS, holdsPhrase, INSTEAD, NO, OPINIONS, phraseAt, PROVISOS } from './doubt-phrases.ts';
import { isClose } from './spoken-numbers.ts';
import { type Token, tokensOf } from './spoken-tokens.ts';

export interface Stretch {
  /** Its index in the transcript. */
  readonly line: number;
  readonly tokens: readonly Token[];
  /** How it corrects the stretches before it: by a word such as "sorry", or by "no" alone. */
  readonly corrects: 'strongly' | 'weakly' | null;
  /** Not sure of it, or not firm yet. */
  readonly isOpinion: boolean;
  readonly isProviso: boolean;
  readonly isQuestion: boolean;
  /** A hedge and hardly a word more: it is about the sentence before. */
  readonly isOnlyHedge: boolean;
  /** They go to look something up. */
  readonly isCheck: boolean;
}

const FEW_WORDS = 5;
/** Of a line and of a call, as in evidence.ts: more is not read. */
const LONGEST_LINE = 4000;
const MOST_TOKENS = 60_000;

export function stretchesOf(lines: readonly TranscriptLine[]): Stretch[] {
  const stretches: Stretch[] = [];
  let left = MOST_TOKENS;
  lines.forEach(({ who, said }, line) => {
    if (who !== 'caller') return;
    const first = stretches.length;
    let carried: Stretch['corrects'] = null;
    for (const sentence of sentencesOf(said.slice(0, LONGEST_LINE))) {
      const tokens = left > 0 ? tokensOf(sentence) : [];
      left -= tokens.length;
      // A hedge holds for its whole sentence, a look-up for what comes before it.
      const isOpinion = holdsPhrase(tokens, OPINIONS);
      const isProviso = holdsPhrase(tokens, PROVISOS);
      const isCheck = holdsPhrase(tokens, CHECKS);
      const isOnlyHedge = (isOpinion || isProviso) && tokens.length <= FEW_WORDS;
      const isQuestion = sentence.endsWith('?');
      const of = { line, isOpinion, isProviso, isOnlyHedge, isCheck, isQuestion };
      for (const { own, corrects } of cutAtCorrections(tokens, carried)) {
        carried = own.length === 0 ? corrects : null;
        if (own.length === 0) continue;
        stretches.push({ ...of, tokens: own, corrects });
      }
    }
    // "That was a three, sorry."
    const last = stretches.at(-1);
    if (carried === 'strongly' && last !== undefined && stretches.length > first + 1)
      stretches[stretches.length - 1] = { ...last, corrects: carried };
  });
  return stretches;
}

export function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?…;])\s+/);
}

interface Cut {
  readonly own: readonly Token[];
  readonly corrects: Stretch['corrects'];
}

/** `carried`: how the sentence before, which was nothing else, corrects this one. */
function cutAtCorrections(tokens: readonly Token[], carried: Stretch['corrects']): Cut[] {
  const cuts: Cut[] = [];
  let corrects = carried;
  let start = 0;
  const cut = (end: number, next: Stretch['corrects'], from: number): void => {
    if (end > start)
      cuts.push({ own: tokens.slice(start, end), corrects: behind(tokens, start, end, corrects) });
    corrects = end > start || next === 'strongly' ? next : (corrects ?? next);
    start = from;
  };
  for (let at = 0; at < tokens.length;) {
    const strong = phraseAt(tokens, at, CORRECTS);
    const weak = strong > 0 || !standsAlone(tokens, at) ? 0 : phraseAt(tokens, at, NO);
    const length = Math.max(strong, weak);
    if (length > 0) cut(at, strong > 0 ? 'strongly' : 'weakly', at + length);
    at += Math.max(1, length);
  }
  cut(tokens.length, null, tokens.length);
  // The correction stands at the end: the next sentence has the new value.
  if (start === tokens.length && cuts.at(-1)?.own.at(-1) !== tokens.at(-1)) cuts.push({ own: [], corrects });
  return cuts;
}

function behind(tokens: readonly Token[], start: number, end: number, corrects: Stretch['corrects']) {
  return holdsPhrase(tokens.slice(start, end), INSTEAD) ? 'strongly' : corrects;
}

function standsAlone(tokens: readonly Token[], at: number): boolean {
  return !isClose(tokens, at + 1) && (at === 0 || !isClose(tokens, at));
}
