// Dates as people say them: "the third of May", "May 3rd", "3.5.", "next Tuesday", "tomorrow", "el tres de mayo". A part of a date holds the date if
// it leads to it from the day of the call: a weekday, a day of the month. The call's time zone is unknown here, so "tomorrow"
// may be off by a day.
import { isClose, numberAt, ordinalAt, valueAt, type Whole } from './spoken-numbers.ts';
import { textAt, type Token } from './spoken-tokens.ts';

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;
/** How far local clocks may differ from UTC. */
const BEHIND_MS = 11 * 3_600_000;
const AHEAD_MS = 12 * 3_600_000;
/** "Tuesday" and "the third" mean no day further away than this. */
const WEEKDAY_WITHIN_DAYS = 14;
const DAY_WITHIN_DAYS = 31;

const MONTHS: readonly RegExp[] = [
  /^(?:jan(?:uary|uar|ner)?|enero)$/,
  /^feb(?:ruary|ruar|rero)?$/,
  /^mar(?:ch|z|zo)?$/,
  /^(?:apr(?:il)?|abril)$/,
  /^(?:mayo?|mai)$/,
  /^jun(?:e|i|io)?$/,
  /^jul(?:y|i|io)?$/,
  /^(?:aug(?:ust)?|agosto)$/,
  /^(?:sept?(?:ember)?|septiembre|setiembre)$/,
  /^o[ck]t(?:ober|ubre)?$/,
  /^nov(?:ember|iembre)?$/,
  /^(?:de[cz](?:ember)?|diciembre)$/,
];
const WEEKDAYS: readonly RegExp[] = [
  /^(?:sundays?|sonntags?|domingos?)$/,
  /^(?:mondays?|montags?|lunes)$/,
  /^(?:tuesdays?|dienstags?|martes)$/,
  /^(?:wednesdays?|mittwochs?|miercoles)$/,
  /^(?:thursdays?|donnerstags?|jueves)$/,
  /^(?:fridays?|freitags?|viernes)$/,
  /^(?:saturdays?|samstags?|sonnabends?|sabados?)$/,
];
const FROM_TODAY: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['tonight', 0],
  ['heute', 0],
  ['tomorrow', 1],
  ['morgen', 1],
  ['ubermorgen', 2],
  ['yesterday', -1],
  ['gestern', -1],
  ['hoy', 0],
  ['manana', 1],
  ['ayer', -1],
]);
const DATE_JOINT = /^[/.-]$/;
const BEFORE_A_DATE = new Set('on for until by from am zum den bis vom'.split(' '));
/** Words that may follow a day of the month without its month; others would make it a floor, street or attempt. */
const AFTER_A_DAY = new Set('at in works would is please then if and or um around from passt ist'.split(' '));

export function dateOf(text: string): CalendarDate | null {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  return year !== '' && date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 ? date : null;
}

export function holdsDate(tokens: readonly Token[], date: CalendarDate, saidAt: number): boolean {
  return tokens.some(
    (_, at) =>
      hasMonthAndDay(tokens, at, date) ||
      hasFigures(tokens, at, date) ||
      hasDay(tokens, at, date, saidAt) ||
      hasWeekday(tokens, at, date, saidAt) ||
      hasDistance(tokens, at, date, saidAt),
  );
}

/** Whether a weekday, a month, "tomorrow" or a day of the month is said there. */
export function isOfADate(tokens: readonly Token[], at: number): boolean {
  const text = textAt(tokens, at);
  const isNamed = [...WEEKDAYS, ...MONTHS].some((name) => name.test(text));
  // "march", "may" and "second" are often something else.
  if (isNamed) return !/^(?:may|mar|march|second)$/.test(text) || dayAt(tokens, at + 1) !== null;
  return (FROM_TODAY.has(text) && distanceAt(tokens, at) !== null) || (ordinalAt(tokens, at)?.value ?? 0) > 2;
}

/** "May 3rd", "May three", "the third of May", "3 May 2026", "3. Mai". */
function hasMonthAndDay(tokens: readonly Token[], at: number, date: CalendarDate): boolean {
  if (!MONTHS[date.month - 1]?.test(textAt(tokens, at))) return false;
  const the = textAt(tokens, at + 1) === 'the' ? 1 : 0;
  const after = dayAt(tokens, at + 1 + the);
  if (after !== null && after.value === date.day)
    return isYearRight(tokens, at + 1 + the + after.length, date.year);
  if (!isYearRight(tokens, at + 1, date.year)) return false;
  const of = ['of', 'de'].includes(textAt(tokens, at - 1)) ? 1 : 0;
  return [1, 2, 3].some((length) => {
    const day = dayAt(tokens, at - of - length);
    return (
      day !== null &&
      day.length === length &&
      day.value === date.day &&
      !isInANumber(tokens, at - of - length)
    );
  });
}

/** "2026-05-03", "3.5.2026", "5/3": the day before the month, or behind it. */
function hasFigures(tokens: readonly Token[], at: number, { year, month, day }: CalendarDate): boolean {
  const figures = figuresFrom(tokens, at);
  const [first, second, third] = figures;
  if (first === year && second === month && third === day) return true;
  const isPair = (first === day && second === month) || (first === month && second === day);
  return isPair && (third === undefined || third === year || third === year % 100);
}

/** The figures of one written date, if it begins at `at`. */
function figuresFrom(tokens: readonly Token[], at: number): number[] {
  const isWithin = DATE_JOINT.test(tokens[at]?.joint ?? '');
  const text = textAt(tokens, at);
  if (isWithin || !/^\d/.test(text)) return [];
  // `3.5` is a number, unless something says that it is a date.
  const isDecimal = text.includes('.');
  if (isDecimal && !BEFORE_A_DATE.has(textAt(tokens, at - 1))) return [];
  const figures = text.split(/[.,:]/).map(Number);
  for (let next = at + 1; next < tokens.length; next++) {
    const token = tokens[next];
    if (token === undefined || !DATE_JOINT.test(token.joint) || !/^\d+$/.test(token.text)) break;
    figures.push(Number(token.text));
  }
  return figures.length > 1 ? figures : [];
}

/** "the third", "am dritten". */
function hasDay(tokens: readonly Token[], at: number, date: CalendarDate, saidAt: number): boolean {
  const ordinal = ordinalAt(tokens, at);
  if (ordinal === null || ordinal.value !== date.day) return false;
  const end = at + ordinal.length;
  const isDay =
    ['the', 'am', 'zum', 'den'].includes(textAt(tokens, at - 1)) &&
    (!isClose(tokens, end) || AFTER_A_DAY.has(textAt(tokens, end)));
  return isDay && todaysOf(saidAt).some((today) => daysFrom(today, date, DAY_WITHIN_DAYS));
}

function hasWeekday(tokens: readonly Token[], at: number, date: CalendarDate, saidAt: number): boolean {
  const weekday = new Date(instantOf(date)).getUTCDay();
  if (!WEEKDAYS[weekday]?.test(textAt(tokens, at))) return false;
  return todaysOf(saidAt).some((today) => daysFrom(today, date, WEEKDAY_WITHIN_DAYS));
}

/** "tomorrow", "in three days", "in a week". */
function hasDistance(tokens: readonly Token[], at: number, date: CalendarDate, saidAt: number): boolean {
  const days = distanceAt(tokens, at);
  return days !== null && todaysOf(saidAt).some((today) => instantOf(date) - today === days * DAY_MS);
}

function distanceAt(tokens: readonly Token[], at: number): number | null {
  const text = textAt(tokens, at);
  if (text === 'morgen' && textAt(tokens, at - 1).startsWith('gut')) return null;
  // "de la mañana" is a part of the day.
  if (text === 'manana' && textAt(tokens, at - 1) === 'la') return null;
  if (text === 'manana' && textAt(tokens, at - 1) === 'pasado') return 2;
  const isAfter = textAt(tokens, at - 1) === 'after' && textAt(tokens, at - 2) === 'day';
  const near = FROM_TODAY.get(text);
  if (near !== undefined) return isAfter && text === 'tomorrow' ? 2 : near;
  if (text !== 'in') return null;
  const isOne = ['a', 'einer', 'einem'].includes(textAt(tokens, at + 1));
  const count = isOne ? { value: 1, length: 1 } : valueAt(tokens, at + 1);
  if (count === null) return null;
  const unit = textAt(tokens, at + 1 + count.length);
  if (/^(?:days?|tage?n?)$/.test(unit)) return count.value;
  return /^(?:weeks?|wochen?)$/.test(unit) ? count.value * 7 : null;
}

function dayAt(tokens: readonly Token[], at: number): Whole | null {
  return ordinalAt(tokens, at) ?? valueAt(tokens, at);
}

/** Whether it ends a longer number, as the "one" in "twenty-one May". */
function isInANumber(tokens: readonly Token[], at: number): boolean {
  const before = dayAt(tokens, at - 1);
  return before !== null && before.length > 1;
}

/** A year may be left out, but a wrong one may not be said. */
function isYearRight(tokens: readonly Token[], at: number, year: number): boolean {
  const number = numberAt(tokens, at);
  const [value] = number?.values ?? [];
  if (value === undefined || !Number.isInteger(value)) return true;
  if (value >= 1900 && value <= 2200) return value === year;
  const rest = numberAt(tokens, at + (number?.length ?? 1))?.values[0];
  // "twenty twenty-six"
  if ((value === 19 || value === 20) && rest !== undefined && rest >= 10 && rest < 100)
    return value * 100 + rest === year;
  return true;
}

/** The days that it may have been at the callee's, each as its first instant in UTC. */
function todaysOf(saidAt: number): number[] {
  const first = Math.floor((saidAt - BEHIND_MS) / DAY_MS);
  const last = Math.floor((saidAt + AHEAD_MS) / DAY_MS);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * DAY_MS);
}

function daysFrom(today: number, date: CalendarDate, most: number): boolean {
  return Math.abs(instantOf(date) - today) <= most * DAY_MS;
}

function instantOf({ year, month, day }: CalendarDate): number {
  return Date.UTC(year, month - 1, day);
}
