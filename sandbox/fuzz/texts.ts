// Texts that mean something to some reader: brackets, numbers, times, halves of characters. Everything that is fuzzed is made of them.
import type { Chance } from './mutate.ts';

export const ODDLY = { unreadableOneIn: 50, longestText: 60_000 };

export const TEXTS = [
  'one ',
  'and ',
  'double ',
  'undund',
  'one point ',
  '[[',
  ']]',
  '[[transfer +1',
  '. ',
  '\n',
  '**',
  '`',
  '(',
  '](',
  'http://',
  '{"a":',
  '4711 ',
  'half past nine ',
  '😀',
  '\ud800',
  '\0',
  ' ',
  'Dr. ',
  '1.',
  'a',
  'Hello there. ',
] as const;

/** Mostly short; now and then what means something, thousands of times. */
export function textOf(chance: Chance): string {
  const times = chance.below(200) === 0 ? chance.below(5000) : chance.below(4);
  const piece = chance.pick(TEXTS);
  return piece.repeat(times) + chance.pick(TEXTS) + chance.pick(TEXTS);
}
