// What a caller heard, as words of the agent's with the instant at which each was heard. Pure.
import type { HeardPiece } from '../caller/ear.ts';
import { understood } from '../caller/heard.ts';
import { type Word, wordsIn } from './script.ts';

export interface HeardWord extends Word {
  readonly at: number;
}

/** Every whole word, in order. */
export function heardWords(heard: readonly HeardPiece[]): HeardWord[] {
  const timeOf = timesIn(heard);
  return wordsIn(textOf(heard)).map(({ saying, word, endsAt }) => ({ saying, word, at: timeOf(endsAt) }));
}

/** When the last sound of each of these texts was heard, also where a sound of the caller's cut it. */
export function timesOf(text: string, heard: readonly HeardPiece[]): number[] {
  const found = textOf(heard).matchAll(new RegExp(understood(text), 'g'));
  return [...found].map(({ 0: words, index }) => index + words.length).map(timesIn(heard));
}

function textOf(heard: readonly HeardPiece[]): string {
  return heard.map(({ text }) => text).join('');
}

/** When the text before a place had been heard; the places must be asked in order. */
function timesIn(heard: readonly HeardPiece[]): (place: number) => number {
  let piece = 0;
  let endsAt = heard[0]?.text.length ?? 0;
  return (place) => {
    while (endsAt < place && piece + 1 < heard.length) endsAt += heard[++piece]?.text.length ?? 0;
    return heard[piece]?.at ?? 0;
  };
}

/** The longest time in which nothing was heard, in a stretch in which something was due. */
export function longestSilence(
  due: readonly { readonly from: number; readonly to: number }[],
  heard: readonly HeardPiece[],
): number {
  let longestMs = 0;
  for (const { from, to } of due) {
    let quietSince = from;
    for (const { at } of heard) {
      if (at < from || at > to) continue;
      longestMs = Math.max(longestMs, at - quietSince);
      quietSince = at;
    }
    longestMs = Math.max(longestMs, to - quietSince);
  }
  return longestMs;
}
