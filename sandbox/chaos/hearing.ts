// What a caller heard, as words of the agent's with the instant at which each was heard. Pure.
import type { HeardPiece } from '../caller/ear.ts';
import { type Word, wordsIn } from './script.ts';

export interface HeardWord extends Word {
  readonly at: number;
}

/** Every whole word, in order. */
export function heardWords(heard: readonly HeardPiece[]): HeardWord[] {
  const words = wordsIn(heard.map(({ text }) => text).join(''));
  let piece = 0;
  let endsAt = heard[0]?.text.length ?? 0;
  return words.map(({ saying, word, endsAt: wordEndsAt }) => {
    while (endsAt < wordEndsAt && piece + 1 < heard.length) endsAt += heard[++piece]?.text.length ?? 0;
    return { saying, word, at: heard[piece]?.at ?? 0 };
  });
}

/** When the last sound of each of these texts was heard. */
export function timesOf(text: string, heard: readonly HeardPiece[]): number[] {
  const times: number[] = [];
  let said = '';
  for (const piece of heard) {
    said += piece.text;
    if (!said.includes(text)) continue;
    times.push(piece.at);
    said = said.slice(said.indexOf(text) + text.length);
  }
  return times;
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
