// Opening hours by the wall clock of the business. Compares wall-clock times and calendar dates of its zone and never adds hours
// to an instant, because a day on which the clocks change has 23 or 25 hours.

/** Minutes from midnight, `toMinute` excluded; beyond 1440 it is the next morning of the same range. */
export interface OpenRange {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface Hours {
  readonly timeZone: string;
  /** By weekday, Sunday first. */
  readonly open: readonly (readonly OpenRange[])[];
  /** No range begins on these days: `2026-12-25`, or `12-25` for every year. */
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
    // A range that began yesterday; on a wall clock every day has 24 hours.
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

/** The machine's, or the environment's TZ. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether it is a name of the IANA database. An offset would be an hour wrong for half of the year. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return formatterFor(name) !== undefined;
  } catch {
    return false;
  }
}

/** `mon`, `mon-fri` or `sat-mon`, as indexes of `Hours.open`; null for anything else. */
export function parseDays(text: string): readonly number[] | null {
  const [first = -1, last = first, ...more] = text
    .split('-')
    .map((name) => DAYS.findIndex((day) => day === name));
  if (first < 0 || last < 0 || more.length > 0) return null;
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => (first + index) % 7);
}

/** `08:00-16:00`; over midnight `22:00-02:00`; all day `00:00-24:00`. null for anything else, and for an empty range. */
export function parseRange(text: string): OpenRange | null {
  const [from, to, ...more] = text.split('-').map(minuteOf);
  if (from === undefined || to === undefined || more.length > 0) return null;
  if (!(from < DAY_MINUTES && to <= DAY_MINUTES && from !== to)) return null;
  return { fromMinute: from, toMinute: to > from ? to : to + DAY_MINUTES };
}

export function isCalendarDay(text: string): boolean {
  // A leap year, so that 29 February can be a day of every year.
  const date = text.length === 5 ? `2024-${text}` : text;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const midnight = new Date(`${date}T00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/** NaN: not a time of day. */
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

/** The wall clock's time, to the minute, as the instant at which a clock in UTC shows it. */
function wallClock(timeZone: string, at: number): number {
  const shown = new Map(
    formatterFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => shown.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** Cached, because creating one takes longer than everything else here. One a zone. */
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
