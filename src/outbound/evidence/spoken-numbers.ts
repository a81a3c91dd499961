// Numbers as people say them and as transcribers write them: in English, in German as single words, and in Spanish up to 99. The
// longest reading counts: "forty-seven" does not hold 40.
import { textAt, type Token } from './spoken-tokens.ts';

export interface SpokenNumber {
  /** Possible meanings: `1.234` is two numbers, by country. */
  readonly values: readonly number[];
  /** As it would be keyed; null if it could not be. */
  readonly digits: string | null;
  /** In tokens. */
  readonly length: number;
}

/** One meaning, and its length in tokens. */
export interface Whole {
  readonly value: number;
  readonly length: number;
}

/** Longer words are no numbers: "siebenhundertsiebenundsiebzigtausend…" ends before. */
const LONGEST_WORD = 80;
const MOST_DECIMALS = 20;

const UNITS = 'zero one two three four five six seven eight nine'.split(' ');
const TEENS = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const SMALL: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((word, value): [string, number] => [word, value]),
  ...TEENS.map((word, index): [string, number] => [word, 10 + index]),
]);
const TENS_OF: ReadonlyMap<string, number> = new Map([
  ...TENS.map((word, index): [string, number] => [word, 20 + 10 * index]),
  ['fourty', 40],
]);
const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1000],
  ['tausend', 1000],
  ['million', 1_000_000],
  ['millionen', 1_000_000],
  ['billion', 1_000_000_000],
]);

const GERMAN_SMALL: ReadonlyMap<string, number> = new Map(
  (
    'null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn ' +
    'achtzehn neunzehn'
  )
    .split(' ')
    .map((word, value): [string, number] => [word, value]),
);
const GERMAN_TENS: ReadonlyMap<string, number> = new Map(
  'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig'
    .split(' ')
    .map((word, index): [string, number] => [word, 20 + 10 * index]),
);

/** Without "once", which an English speaker says of something else. */
const SPANISH_SMALL: ReadonlyMap<string, number> = new Map(
  (
    'cero uno dos tres cuatro cinco seis siete ocho nueve diez - doce trece catorce quince dieciseis diecisiete dieciocho ' +
    'diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve'
  )
    .split(' ')
    .map((word, value): [string, number] => [word, value]),
);
const SPANISH_TENS: ReadonlyMap<string, number> = new Map(
  'treinta cuarenta cincuenta sesenta setenta ochenta noventa'
    .split(' ')
    .map((word, index): [string, number] => [word, 30 + 10 * index]),
);

/** The number that begins at `at`; null if none does. */
export function numberAt(tokens: readonly Token[], at: number): SpokenNumber | null {
  const token = tokens[at];
  if (token === undefined) return null;
  if (/^\d/.test(token.text)) return literalAt(tokens, at, token.text);
  const whole = wholeAt(tokens, at);
  return whole === null ? null : withFraction(tokens, at, whole.value, whole.length);
}

/** The likeliest meaning of the number that begins at `at`, fractions included. */
export function valueAt(tokens: readonly Token[], at: number): Whole | null {
  const number = numberAt(tokens, at);
  const value = number?.values[0];
  return number === null || value === undefined ? null : { value, length: number.length };
}

/** 1 to 31 and more: "third", "3rd", "twenty-first", "dritten". */
export function ordinalAt(tokens: readonly Token[], at: number): Whole | null {
  const text = textAt(tokens, at);
  if (/^\d+$/.test(text)) {
    const next = tokens[at + 1];
    const isOrdinal = next?.gap === 'glued' && /^(?:st|nd|rd|th)$/.test(next.text);
    return isOrdinal ? { value: Number(text), length: 2 } : null;
  }
  const tens = TENS_OF.get(text);
  const unit = ORDINALS.get(textAt(tokens, at + 1));
  if (tens !== undefined && isClose(tokens, at + 1) && unit !== undefined && unit < 10)
    return { value: tens + unit, length: 2 };
  const value = ORDINALS.get(text) ?? germanOrdinal(text);
  return value === undefined ? null : { value, length: 1 };
}

const ORDINALS: ReadonlyMap<string, number> = new Map([
  ...'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'
    .split(' ')
    .map((word, index): [string, number] => [word, index + 1]),
  ...TEENS.slice(3).map((word, index): [string, number] => [`${word}th`, 13 + index]),
  ...TENS.map((word, index): [string, number] => [word.replace(/y$/, 'ieth'), 20 + 10 * index]),
]);

function germanOrdinal(text: string): number | undefined {
  const [, stem = ''] = /^(\p{L}+?)s?te[nrsm]?$/u.exec(text) ?? [];
  const odd = { er: 1, drit: 3, sieb: 7, ach: 8 }[stem];
  return odd ?? (stem === '' ? undefined : (germanNumber(stem) ?? undefined));
}

/** Whether the token directly follows the one before, without a pause. */
export function isClose(tokens: readonly Token[], at: number): boolean {
  const gap = tokens[at]?.gap;
  return gap === 'tight' || gap === 'glued';
}

// ---- figures ----

function literalAt(tokens: readonly Token[], at: number, text: string): SpokenNumber {
  const values = valuesOf(text);
  const scale = SCALES.get(textAt(tokens, at + 1)) ?? (isK(tokens, at + 1) ? 1000 : undefined);
  if (scale !== undefined && isClose(tokens, at + 1))
    return withScale(
      values.map((value) => value * scale),
      2,
    );
  if (textAt(tokens, at + 1) === 'dozen')
    return withScale(
      values.map((value) => value * 12),
      2,
    );
  if (/^\d+$/.test(text)) {
    const fraction = fractionAt(tokens, at + 1);
    if (fraction !== null)
      return { values: [Number(text) + fraction.value], digits: null, length: 1 + fraction.length };
  }
  return { values, digits: digitsOf(text), length: 1 };
}

function withScale(values: readonly number[], length: number): SpokenNumber {
  const [value = Number.NaN] = values;
  return { values, digits: Number.isSafeInteger(value) ? String(value) : null, length };
}

function isK(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.gap === 'glued' && textAt(tokens, at) === 'k';
}

function valuesOf(text: string): number[] {
  if (text.includes(':')) return [];
  if (/^\d+$/.test(text)) return [Number(text)];
  if (/^\d{1,3}(?:,\d{3})+\.\d+$/.test(text) || /^\d{1,3}(?:,\d{3}){2,}$/.test(text))
    return [Number(text.replaceAll(',', ''))];
  const decimal = Number(text.replace(',', '.'));
  return /^\d{1,3}[.,]\d{3}$/.test(text) ? [Number(text.replace(/[.,]/, '')), decimal] : [decimal];
}

/** `4.7` is never 47, but `1,234` may be keyed, and phone numbers are written as `555.1234`. */
function digitsOf(text: string): string | null {
  if (/^\d+$/.test(text)) return text;
  const isKeyed = /^\d{1,3}(?:,\d{3})+$/.test(text) || /^\d{3,}\.\d{3,}$/.test(text);
  return isKeyed ? text.replaceAll(/\D/g, '') : null;
}

// ---- words ----

function wholeAt(tokens: readonly Token[], at: number): Whole | null {
  if (textAt(tokens, at) === 'half' && textAt(tokens, at + 1) === 'a' && textAt(tokens, at + 2) === 'dozen')
    return { value: 6, length: 3 };
  let value = 0;
  let length = 0;
  let least = Number.POSITIVE_INFINITY;
  // "two million | three hundred thousand | and five"
  while (least > 1) {
    const isFirst = length === 0;
    if (!isFirst && !isClose(tokens, at + length)) break;
    const skipped = !isFirst && textAt(tokens, at + length) === 'and' ? 1 : 0;
    const part = belowThousandAt(tokens, at + length + skipped);
    if (part === null || (!isFirst && part.isArticle)) break;
    const end = at + length + skipped + part.length;
    if (isFirst && textAt(tokens, end) === 'dozen')
      return { value: part.value * 12, length: part.length + 1 };
    const scale = isClose(tokens, end) ? (SCALES.get(textAt(tokens, end)) ?? 1) : 1;
    if (scale >= least) break;
    value += part.value * scale;
    length = end - at + (scale === 1 ? 0 : 1);
    least = scale;
  }
  return length === 0 ? null : { value, length };
}

function belowThousandAt(
  tokens: readonly Token[],
  at: number,
): (Whole & { readonly isArticle: boolean }) | null {
  const isArticle = ['a', 'ein', 'eine'].includes(textAt(tokens, at));
  const next = textAt(tokens, at + 1);
  const small: Whole | null = isArticle
    ? next === 'hundred' || next === 'dozen' || SCALES.has(next)
      ? { value: 1, length: 1 }
      : null
    : belowHundredAt(tokens, at);
  if (small === null) return null;
  if (textAt(tokens, at + small.length) !== 'hundred' || !isClose(tokens, at + small.length))
    return { ...small, isArticle };
  const value = small.value * 100;
  const length = small.length + 1;
  const skipped = textAt(tokens, at + length) === 'and' ? 1 : 0;
  const rest = isClose(tokens, at + length) ? belowHundredAt(tokens, at + length + skipped) : null;
  return rest === null
    ? { value, length, isArticle }
    : { value: value + rest.value, length: length + skipped + rest.length, isArticle };
}

function belowHundredAt(tokens: readonly Token[], at: number): Whole | null {
  const text = textAt(tokens, at);
  const small = SMALL.get(text);
  if (small !== undefined) return { value: small, length: 1 };
  const tens = TENS_OF.get(text);
  if (tens !== undefined) {
    const unit = UNITS.indexOf(textAt(tokens, at + 1));
    const hasUnit = unit > 0 && isClose(tokens, at + 1);
    return hasUnit ? { value: tens + unit, length: 2 } : { value: tens, length: 1 };
  }
  const spanish = spanishAt(tokens, at);
  if (spanish !== null) return spanish;
  const german = germanNumber(text);
  return german === null ? null : { value: german, length: 1 };
}

/** "siete", "treinta y cinco". */
function spanishAt(tokens: readonly Token[], at: number): Whole | null {
  const text = textAt(tokens, at);
  const small = SPANISH_SMALL.get(text);
  if (small !== undefined) return { value: small, length: 1 };
  const tens = SPANISH_TENS.get(text);
  if (tens === undefined) return null;
  const unit = textAt(tokens, at + 1) === 'y' ? (SPANISH_SMALL.get(textAt(tokens, at + 2)) ?? 0) : 0;
  const hasUnit = unit > 0 && unit < 10 && isClose(tokens, at + 1) && isClose(tokens, at + 2);
  return hasUnit ? { value: tens + unit, length: 3 } : { value: tens, length: 1 };
}

/** One word: "siebenundvierzig", "zweihundertfünfzig". */
function germanNumber(word: string): number | null {
  if (word.length > LONGEST_WORD) return null;
  const known =
    GERMAN_SMALL.get(word) ?? GERMAN_TENS.get(word) ?? { zwo: 2, hundert: 100, tausend: 1000 }[word];
  if (known !== undefined) return known;
  const [, unitWord = '', tensWord = ''] = /^(\p{L}+?)und(\p{L}+zig|dreissig)$/u.exec(word) ?? [];
  const tens = GERMAN_TENS.get(tensWord);
  const unit = unitWord === 'ein' ? 1 : GERMAN_SMALL.get(unitWord);
  if (tens !== undefined && unit !== undefined && unit < 10) return tens + unit;
  for (const [scaleWord, scale] of [
    ['tausend', 1000],
    ['hundert', 100],
  ] as const) {
    const at = word.indexOf(scaleWord);
    if (at < 0) continue;
    const many = at === 0 || word.slice(0, at) === 'ein' ? 1 : germanNumber(word.slice(0, at));
    const rest = word.slice(at + scaleWord.length).replace(/^und/, '');
    const more = rest === '' ? 0 : germanNumber(rest);
    return many === null || more === null ? null : many * scale + more;
  }
  return null;
}

function withFraction(tokens: readonly Token[], at: number, value: number, length: number): SpokenNumber {
  const fraction = fractionAt(tokens, at + length);
  if (fraction !== null)
    return { values: [value + fraction.value], digits: null, length: length + fraction.length };
  return { values: [value], digits: String(value), length };
}

/** "point five", "and a half". */
function fractionAt(tokens: readonly Token[], at: number): Whole | null {
  if (!isClose(tokens, at)) return null;
  if (['point', 'komma'].includes(textAt(tokens, at))) {
    let digits = '';
    let next = at + 1;
    for (; digits.length < MOST_DECIMALS; next++) {
      const figures = textAt(tokens, next);
      const digit = /^\d+$/.test(figures) ? figures : (SMALL.get(figures) ?? GERMAN_SMALL.get(figures));
      if (digit === undefined || (digits !== '' && !isClose(tokens, next))) break;
      digits += digit;
    }
    return digits === '' ? null : { value: Number(`0.${digits}`), length: next - at };
  }
  const [first, second, third] = [0, 1, 2].map((ahead) => textAt(tokens, at + ahead));
  if (first !== 'and' || second !== 'a') return null;
  const part = { half: 0.5, quarter: 0.25 }[third ?? ''];
  return part === undefined ? null : { value: part, length: 3 };
}
