// What must have been said to support a value: a number in figures or words, a code however it was spelled, all words of a name,
// most words of a sentence. Pure.
import { holdsCode, holdsPhoneNumber } from './spelled-out.ts';
import { type CalendarDate, dateOf, holdsDate } from './spoken-dates.ts';
import { isClose, numberAt, ordinalAt, valueAt } from './spoken-numbers.ts';
import { holdsTime } from './spoken-times.ts';
import { type Steps, textAt, type Token, tokensOf } from './spoken-tokens.ts';

/** A part of what was said. */
export interface Passage {
  readonly tokens: readonly Token[];
  readonly saidAt: number;
  /** Shared by all passages of a call. */
  readonly steps: Steps;
}

type IsHeld = (passage: Passage) => boolean;

export interface Need {
  readonly parts: readonly IsHeld[];
  /** At least this many of the parts must be held... */
  readonly least: number;
  /** ...and all of this many first ones. */
  readonly mandatory: number;
  /** In one place: words scattered over the call are no name. */
  readonly isTogether: boolean;
}

const LONGEST_TEXT = 1000;
/** A text of up to this many words counts as a name. */
const FEW_WORDS = 3;
const ENOUGH = 0.6;

/** One met need is enough; empty if the value holds nothing that could be said. */
export function needsOf(value: string | number): Need[] {
  if (typeof value === 'number') return [together(reading((tokens) => holdsNumber(tokens, value)))];
  const text = value.slice(0, LONGEST_TEXT).trim();
  const timed = momentNeed(text);
  if (timed !== null) return [timed];
  const code = codeOf(text);
  const spelled = code === null ? [] : [together(reading((tokens) => holdsCode(tokens, code)))];
  if (/^-?\d+[.,]\d+$/.test(text)) return [...needsOf(Number(text.replace(',', '.'))), ...clockNeeds(text)];
  if (/^\d:\d\d$/.test(text)) return clockNeeds(text);
  if (/^\+[\d\s().-]+$/.test(text))
    return [together(reading((tokens) => holdsPhoneNumber(tokens, text.replaceAll(/\D/g, ''))))];
  if (isCode(text)) return spelled;
  const words = wordsNeed(text);
  return words === null ? spelled : [...spelled, words];
}

/** "$45.50" and "45 dollars" count as sentences: the amount must be said, the currency may be left out. */
const CURRENCY = /^(?:dollars?|bucks?|euros?|pounds?|quid|francs?|cents?|usd|eur|gbp|chf|franken)$/;
const SUBUNIT = /^(?:cents?|pence|p|rappen)$/;

/** In "one moment" and "no one", one is no number. */
const NOT_ONE_BEHIND = new Set('no that this which any every some another other the'.split(' '));
const NOT_ONE_BEFORE = new Set('moment second sec minute of'.split(' '));

export function holdsNumber(tokens: readonly Token[], value: number): boolean {
  const sought = Math.abs(value);
  if (Number.isSafeInteger(sought) && !isOnlyPronouns(tokens, sought) && holdsCode(tokens, String(sought)))
    return true;
  let end = 0;
  for (let at = 0; at < tokens.length;) {
    const isBeside = at > 0 && at === end && isClose(tokens, at);
    const ordinal = ordinalAt(tokens, at);
    // Not "first" and "second", which are often said without counting.
    if (ordinal !== null && ordinal.value > 2 && ordinal.value === sought) return true;
    const number = ordinal === null ? numberAt(tokens, at) : null;
    if (number === null) {
      if (isFraction(tokens, at, sought)) return true;
      at += ordinal?.length ?? 1;
      continue;
    }
    end = at + number.length;
    const isAlone =
      !isBeside &&
      !(at > 0 && tokens[at]?.gap === 'glued') &&
      !(isClose(tokens, end) && numberAt(tokens, end) !== null);
    if (isAlone && !isPronoun(tokens, at, end) && number.values.includes(sought)) return true;
    const amount = amountAt(tokens, at);
    if (amount !== null && isSame(amount, sought)) return true;
    const isPercent = /^(?:percent|prozent)$/.test(textAt(tokens, end));
    if (isPercent && number.values.some((one) => isSame(one / 100, sought))) return true;
    at = end;
  }
  return false;
}

/** "forty-five fifty", "45 dollars and 50 cents", "fifty cents". */
function amountAt(tokens: readonly Token[], at: number): number | null {
  const whole = valueAt(tokens, at);
  if (whole === null) return null;
  const { value } = whole;
  let end = at + whole.length;
  const next = textAt(tokens, end);
  if (SUBUNIT.test(next)) return value / 100;
  const hasCurrency = CURRENCY.test(next);
  if (hasCurrency) end++;
  if (hasCurrency && tokens[end]?.text === 'and') end++;
  const cents = isClose(tokens, end) ? valueAt(tokens, end)?.value : undefined;
  if (cents === undefined || cents < 1 || cents > 99 || !Number.isInteger(cents)) return null;
  return hasCurrency || cents >= 10 ? value + cents / 100 : null;
}

function isFraction(tokens: readonly Token[], at: number, sought: number): boolean {
  const text = tokens[at]?.text;
  return (text === 'half' && sought === 0.5) || (text === 'quarter' && sought === 0.25);
}

export function isPronoun(tokens: readonly Token[], at: number, end: number): boolean {
  if (tokens[at]?.text !== 'one' || end - at > 1) return false;
  return NOT_ONE_BEHIND.has(textAt(tokens, at - 1)) || NOT_ONE_BEFORE.has(textAt(tokens, end));
}

function isOnlyPronouns(tokens: readonly Token[], sought: number): boolean {
  if (sought !== 1 || tokens.some(({ text }) => text === '1')) return false;
  return tokens.every(({ text }, at) => text !== 'one' || isPronoun(tokens, at, at + 1));
}

function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < 1e-9;
}

// ---- dates and times ----

function momentNeed(text: string): Need | null {
  const [, dateText = '', timeText = ''] =
    /^(\d{4}-\d\d-\d\d)?(?:[T ]?(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  const date = dateOf(dateText);
  const minutes = timeText === '' ? twelveHours(text) : minutesOf(timeText);
  const parts: IsHeld[] = [];
  if (date !== null) parts.push(heldDate(date));
  if (minutes !== null) parts.push(reading((tokens) => holdsTime(tokens, minutes)));
  if (parts.length === 0 || (dateText !== '' && date === null)) return null;
  return { parts, least: parts.length, mandatory: 0, isTogether: false };
}

function heldDate(date: CalendarDate): IsHeld {
  return reading((tokens, saidAt) => holdsDate(tokens, date, saidAt));
}

/** `9:30` and `9.30`, written as they are said: of either half of the day. `9.30` may be an amount, too. */
function clockNeeds(text: string): Need[] {
  const [, hours = '', minutes = ''] = /^(\d{1,2})[.:](\d\d)$/.exec(text) ?? [];
  const since = hours === '' ? null : minutesOf(`${hours}:${minutes}`);
  if (since === null) return [];
  const halves = Number(hours) < 13 ? [since % 720, (since % 720) + 720] : [since];
  return [together(reading((tokens) => halves.some((half) => holdsTime(tokens, half))))];
}

/** Ignores the zone: the written hours must have been said. */
function minutesOf(time: string): number | null {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : null;
}

/** "2:30 pm", "2 PM". */
function twelveHours(text: string): number | null {
  const [, hours = '', minutes = '0', half = ''] =
    /^(\d{1,2})(?:[:.](\d\d))?\s?([ap])\.?m\.?$/i.exec(text) ?? [];
  if (half === '' || Number(hours) > 12 || Number(minutes) > 59) return null;
  return (Number(hours) % 12) * 60 + Number(minutes) + (half.toLowerCase() === 'p' ? 720 : 0);
}

// ---- codes and words ----

/** null: `45.50` is an amount, and 4550 another. */
function codeOf(text: string): string | null {
  const parts = tokensOf(text).map((token) => token.text);
  return parts.some((part) => /[.,:]/.test(part) && !/^\d{3,}\.\d{3,}$/.test(part))
    ? null
    : parts.join('').replaceAll('.', '');
}

/** It has figures, and no words that a code would not have. */
function isCode(text: string): boolean {
  const parts = tokensOf(text).map((token) => token.text);
  return (
    codeOf(text) !== null &&
    parts.some((part) => /\d/.test(part)) &&
    parts.every((part) => /\d|^\p{L}{1,2}$/u.test(part))
  );
}

const STOP_WORDS = new Set(
  (
    'a an the and or of to in on at by for with from is are was were be been am it its this that these those there i you ' +
    'he she we they me my your his her our their not no yes do does did has have had will would can could should as so if ' +
    'but about into than then der die das und oder ein eine einen einem einer ist sind war von zu im am mit fur auf den dem ' +
    'ich du er sie es wir ihr nicht kein ja nein hat haben wird als el la los las un una del y o en con por para que es esta al'
  ).split(' '),
);

/** null: the text has no word. */
function wordsNeed(text: string): Need | null {
  const tokens = tokensOf(text);
  const numbers: IsHeld[] = [];
  const all: string[] = [];
  for (let at = 0; at < tokens.length;) {
    const number = valueAt(tokens, at);
    if (number === null) all.push(textAt(tokens, at));
    else numbers.push(reading((own) => holdsNumber(own, number.value)));
    at += number?.length ?? 1;
  }
  const telling = all.filter((word) => !STOP_WORDS.has(word) && !(numbers.length > 0 && CURRENCY.test(word)));
  const words = telling.length > 0 || numbers.length > 0 ? telling : all;
  const isFew = words.length <= FEW_WORDS || !/\s/.test(text);
  const parts = [...numbers, ...words.map(isFew ? heldWord : heldLikeWord)];
  if (parts.length === 0) return null;
  return {
    parts,
    least: numbers.length + (isFew ? words.length : Math.ceil(words.length * ENOUGH)),
    mandatory: numbers.length,
    isTogether: isFew,
  };
}

function heldWord(word: string): IsHeld {
  const isSpelled = reading((tokens) => holdsCode(tokens, word));
  return (passage) => passage.tokens.some(({ text }) => text === word) || isSpelled(passage);
}

function heldLikeWord(word: string): IsHeld {
  const stem = stemOf(word);
  return ({ tokens, steps }) => --steps.left >= 0 && stemsOf(tokens).has(stem);
}

const stems = new WeakMap<readonly Token[], ReadonlySet<string>>();

function stemsOf(tokens: readonly Token[]): ReadonlySet<string> {
  const known = stems.get(tokens) ?? new Set(tokens.map(({ text }) => stemOf(text)));
  stems.set(tokens, known);
  return known;
}

/** A summary may say "deliveries" for "delivered". */
function stemOf(word: string): string {
  return word.length > 4
    ? word.replace(/(?:ies|ied|ing|ed|es|s|ly|y|en|e)$/, '')
    : word.replace(/(?<=\p{L}{3})s$/u, '');
}

/** A passage is read whole or not at all. */
function reading(holds: (tokens: readonly Token[], saidAt: number) => boolean): IsHeld {
  return ({ tokens, saidAt, steps }) => {
    steps.left -= tokens.length;
    return steps.left >= 0 && holds(tokens, saidAt);
  };
}

function together(part: IsHeld): Need {
  return { parts: [part], least: 1, mandatory: 0, isTogether: true };
}
