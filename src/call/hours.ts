// Opening hours by the clock on the wall of the business. Everything is compared as wall-clock time and calendar dates
// of its zone, never by adding hours to an instant: so an hour that comes twice is judged alike both times, one that is
// left out opens late, and the day before is the day before even where a day has 23 hours or 25.

/** Minutes from midnight, `toMinute` excluded. Beyond 1440 it is the next morning: the range is of the day it begins. */
export interface OpenRange {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface Hours {
  readonly timeZone: string;
  /** By weekday, Sunday first; a day without a range is closed. */
  readonly open: readonly (readonly OpenRange[])[];
  /** Days on which nothing begins: `2026-12-25`, or `12-25` for every year. */
  readonly closedOn: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export function isOpen(hours: Hours, at: number): boolean {
  const now = wallClock(hours.timeZone, at);
  const today = startOfDay(now);
  const minute = (now - today) / MINUTE_MS;
  return (
    hasRangeAt(hours, today, minute) ||
    // A night that began yesterday; on a wall clock every day has 24 hours.
    hasRangeAt(hours, today - DAY_MS, minute + DAY_MINUTES)
  );
}

/** By the wall clock of the zone, 0 to 1439. */
export function minuteOfDay(timeZone: string, at: number): number {
  const now = wallClock(timeZone, at);
  return (now - startOfDay(now)) / MINUTE_MS;
}

/** For people and models: `Saturday 21 November 2026, 14:05`. */
export function localTimeText(timeZone: string, at: number): string {
  const now = new Date(wallClock(timeZone, at));
  const part = (options: Intl.DateTimeFormatOptions) =>
    now.toLocaleDateString('en-GB', { ...options, timeZone: 'UTC' });
  const day = `${part({ weekday: 'long' })} ${now.getUTCDate()} ${part({ month: 'long' })} ${now.getUTCFullYear()}`;
  return `${day}, ${now.toISOString().slice(11, 16)}`;
}

/** Where this process runs, or what the environment's TZ says. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A name of the IANA database. An offset is none: it would be an hour wrong for half of the year. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return formatterFor(name) !== undefined;
  } catch {
    return false;
  }
}

/** `mon` or `mon-fri` (also around the week's end, `sat-mon`), as places in `Hours.open`; null for anything else. */
export function parseDays(text: string): readonly number[] | null {
  const [first = -1, last = first, ...more] = text
    .split('-')
    .map((name) => DAYS.findIndex((day) => day === name));
  if (first < 0 || last < 0 || more.length > 0) return null;
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => (first + index) % 7);
}

/** `08:00-16:00`; over midnight `22:00-02:00`; all day `00:00-24:00`. Null for anything else, an empty range too. */
export function parseRange(text: string): OpenRange | null {
  const [from, to, ...more] = text.split('-').map(minuteOf);
  if (from === undefined || to === undefined || more.length > 0) return null;
  if (!(from < DAY_MINUTES && to <= DAY_MINUTES && from !== to)) return null;
  return { fromMinute: from, toMinute: to > from ? to : to + DAY_MINUTES };
}

/** `2026-12-25`, or `12-25` for every year. */
export function isCalendarDay(text: string): boolean {
  // A leap year, so that 29 February can be a day of every year.
  const date = text.length === 5 ? `2024-${text}` : text;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const midnight = new Date(`${date}T00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/** NaN where it is no time of day. */
function minuteOf(text: string): number {
  const [, hour, minute] = /^(\d{2}):([0-5]\d)$/.exec(text) ?? [];
  return Number(hour) * 60 + Number(minute);
}

function hasRangeAt({ open, closedOn }: Hours, day: number, minute: number): boolean {
  const date = new Date(day).toISOString().slice(0, 10);
  if (closedOn.includes(date) || closedOn.includes(date.slice(5))) return false;
  const ranges = open[new Date(day).getUTCDay()] ?? [];
  return ranges.some(({ fromMinute, toMinute }) => fromMinute <= minute && minute < toMinute);
}

function startOfDay(wallClockMs: number): number {
  return Math.floor(wallClockMs / DAY_MS) * DAY_MS;
}

/** What the wall clock shows, to the minute, as the instant at which a clock in UTC shows the same. */
function wallClock(timeZone: string, at: number): number {
  const shown = new Map(
    formatterFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => shown.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** Kept, because making one takes longer than all else here. As many as there are zones in use. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, formatter);
  return formatter;
}
