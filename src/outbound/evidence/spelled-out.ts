// Whether a code (a confirmation number, a phone number, a spelled name) was said, however it was grouped: "4711", "four seven,
// one one", "forty-seven eleven", "B as in Bravo, seven". A part of a longer code does not count: a number without its end is
// wrong.
import { numberAt, ordinalAt } from './spoken-numbers.ts';
import { textAt, type Token } from './spoken-tokens.ts';

/** Only codes this long may be dictated over several lines; a shorter match over two lines is two numbers. */
const FEWEST_OVER_LINES = 4;
/** Digits of a country code. */
const MOST_BEFORE_NUMBER = 3;
const FEWEST_OF_A_PHONE_NUMBER = 7;

const NATO =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu';
const LETTER_NAMES: ReadonlyMap<string, string> = new Map([
  ...NATO.split(' ').map((word): [string, string] => [word, word.slice(0, 1)]),
  ['alfa', 'a'],
  ['juliett', 'j'],
  ['whisky', 'w'],
  ['zee', 'z'],
  ['zed', 'z'],
]);
const TIMES: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['doppel', 2],
  ['triple', 3],
]);
/** Said between the parts of a code, without being part of it. */
const BETWEEN = new Set(
  'dash hyphen minus slash dot point space underscore at bindestrich punkt uh um er erm hm hmm ah ahm'.split(
    ' ',
  ),
);
/** Words with which somebody continues a dictation. */
const GOING_ON = new Set('and then okay ok so yes yeah und dann ja'.split(' '));
/** Glued to a number, as in 7pm, without being part of a code. */
const UNITS =
  /^(?:am|pm|st|nd|rd|th|k|kg|g|km|m|cm|mm|ft|mi|lb|lbs|l|ml|h|hr|hrs|min|mins|s|sec|x|c|f|eur|usd|gbp|chf|uhr|er)$/;
/** Letters that are also words. */
const WORDS_OF_A_LETTER = new Set(['a', 'i']);

/** Nobody dictates a longer one. */
const LONGEST_CODE = 100;
/** Tokens that a character of a code takes at most, as in "B as in Bravo, dash", and that a code may take besides. */
const MOST_TOKENS_A_CHARACTER = 6;
const MOST_TOKENS_BESIDES = 12;
/** Words that go on with a dictation, one after another. */
const MOST_GOING_ON = 6;
/** Of reading a passage for a code: it then counts as not held. */
const STEPS_A_TOKEN = 50;
const STEPS_BESIDES = 5000;

/** `code`: letters and figures only, in lower case, without accents. */
export function holdsCode(tokens: readonly Token[], code: string): boolean {
  if (code === '' || code.length > LONGEST_CODE) return false;
  const steps = { left: STEPS_BESIDES + STEPS_A_TOKEN * tokens.length };
  return tokens.some((_, at) =>
    codeEndsFrom(tokens, at, code, steps).some((end) => standsAlone(tokens, at, end, code)),
  );
}

/** Also without the country code, or with a 0 in its place. */
export function holdsPhoneNumber(tokens: readonly Token[], digits: string): boolean {
  if (holdsCode(tokens, digits)) return true;
  for (let cut = 1; cut <= MOST_BEFORE_NUMBER; cut++) {
    const local = digits.slice(cut);
    if (local.length < FEWEST_OF_A_PHONE_NUMBER) return false;
    if (holdsCode(tokens, local) || holdsCode(tokens, `0${local}`)) return true;
  }
  return false;
}

/** The ends of all spans from `at` that make up the code. */
function codeEndsFrom(tokens: readonly Token[], at: number, code: string, steps: { left: number }): number[] {
  const ends = new Set<number>();
  const seen = new Set<number>();
  const last = at + MOST_TOKENS_A_CHARACTER * code.length + MOST_TOKENS_BESIDES;
  const walk = (next: number, read: number): void => {
    if (read === code.length) {
      ends.add(next);
      return;
    }
    const state = next * (LONGEST_CODE + 1) + read;
    if (next > last || --steps.left < 0 || seen.has(state)) return;
    seen.add(state);
    for (const { text, length } of formsOf(tokens, next))
      if (code.startsWith(text, read)) walk(next + length, read + text.length);
    if (next > at && BETWEEN.has(textAt(tokens, next))) walk(next + 1, read);
  };
  walk(at, 0);
  return [...ends];
}

interface Form {
  readonly text: string;
  readonly length: number;
}

/** A passage is read for every value of a result. */
const known = new WeakMap<readonly Token[], (readonly Form[] | undefined)[]>();

function formsOf(tokens: readonly Token[], at: number): readonly Form[] {
  const forms = known.get(tokens) ?? [];
  if (forms.length === 0) known.set(tokens, forms);
  return (forms[at] ??= formsAt(tokens, at));
}

/** What the tokens from `at` may mean in a code. */
function formsAt(tokens: readonly Token[], at: number): Form[] {
  const token = tokens[at];
  if (token === undefined) return [];
  const { text } = token;
  const forms: Form[] = [{ text, length: 1 }];
  const number = numberAt(tokens, at);
  if (number?.digits) forms.push({ text: number.digits, length: number.length });
  if (text === 'oh' || text === 'o') forms.push({ text: '0', length: 1 });
  const letter = LETTER_NAMES.get(text);
  if (letter !== undefined) forms.push({ text: letter, length: 1 });
  if (text === 'double' && tokens[at + 1]?.text === 'u') forms.push({ text: 'w', length: 2 });
  const times = TIMES.get(text);
  if (times !== undefined && !TIMES.has(textAt(tokens, at + 1))) {
    for (const next of formsOf(tokens, at + 1))
      if (next.text.length === 1) forms.push({ text: next.text.repeat(times), length: next.length + 1 });
  }
  const example = exampleBehind(tokens, at, text);
  if (example > 0) forms.push({ text, length: 1 + example });
  if (goesOn(tokens, at)) forms.push({ text: '', length: 1 });
  return forms;
}

/** "and then", at the beginning of a line. */
function goesOn(tokens: readonly Token[], at: number): boolean {
  for (let back = at; back > at - MOST_GOING_ON && GOING_ON.has(textAt(tokens, back)); back--)
    if (tokens[back]?.gap === 'line') return true;
  return false;
}

/** "as in Bravo", "for Bravo", "like Bravo", "wie Berta", which begins with the letter: how many tokens that is. */
function exampleBehind(tokens: readonly Token[], at: number, letter: string): number {
  if (letter.length !== 1 || /\d/.test(letter)) return 0;
  const [first, second, third] = [1, 2, 3].map((ahead) => textAt(tokens, at + ahead));
  if (first === 'as' && second === 'in' && third?.startsWith(letter)) return 3;
  const isLike = first === 'for' || first === 'like' || first === 'wie';
  return isLike && second?.startsWith(letter) && second.length > 1 ? 2 : 0;
}

/** Whether no more of a code comes right before or after; or further away, if it is itself said with pauses. */
function standsAlone(tokens: readonly Token[], start: number, end: number, code: string): boolean {
  const inside = tokens.slice(start + 1, end);
  if (inside.some(({ gap }) => gap === 'line') && code.length < FEWEST_OVER_LINES) return false;
  const hasPauses = inside.some(({ gap }) => gap === 'loose' || gap === 'line');
  const reaches = (at: number): boolean => {
    const gap = tokens[at]?.gap;
    return gap === 'glued' || gap === 'tight' || (gap === 'loose' && hasPauses);
  };
  if (start > 0 && reaches(start) && isOfACode(tokens, start - 1)) return false;
  return !(end < tokens.length && reaches(end) && isOfACode(tokens, end) && !isUnit(tokens, end));
}

function isUnit(tokens: readonly Token[], at: number): boolean {
  return UNITS.test(textAt(tokens, at)) && /\d/.test(textAt(tokens, at - 1));
}

function isOfACode(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token === undefined) return false;
  if (token.gap === 'glued' || tokens[at + 1]?.gap === 'glued') return true;
  const isLetter = token.text.length === 1 && !WORDS_OF_A_LETTER.has(token.text);
  return isLetter || /^\d/.test(token.text) || numberAt(tokens, at) !== null || endsNumber(tokens, at);
}

/** "hundred" and the "first" of "twenty-first" end a number without beginning one. */
function endsNumber(tokens: readonly Token[], at: number): boolean {
  const before = numberAt(tokens, at - 1);
  if (before !== null && before.length > 1) return true;
  return ordinalAt(tokens, at - 1)?.length === 2 && !/^\d/.test(textAt(tokens, at - 1));
}
