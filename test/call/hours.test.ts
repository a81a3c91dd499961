import { describe, expect, it } from 'vitest';
import {
  isCalendarDay,
  isOpen,
  isTimeZone,
  localTimeText,
  parseDays,
  parseRange,
  type Hours,
} from '../../src/call/hours.ts';

/** `{ fri: '22:00-02:00' }`, as profiles.json has it. */
function hours(timeZone: string, written: Record<string, string>, closedOn: readonly string[] = []): Hours {
  const open = Array.from({ length: 7 }, (_, day) =>
    Object.entries(written)
      .filter(([days]) => parseDays(days)?.includes(day))
      .flatMap(([, ranges]) => ranges.split(' ').flatMap((range) => parseRange(range) ?? [])),
  );
  return { timeZone, open, closedOn };
}

function openAt(business: Hours, ...instants: string[]): boolean[] {
  return instants.map((at) => isOpen(business, Date.parse(at)));
}

describe('isOpen', () => {
  it('goes by the wall clock of the business, from the first minute and until the last is over', () => {
    const florist = hours('America/New_York', { 'mon-fri': '09:00-17:00' });
    // Friday, five hours behind.
    expect(openAt(florist, '2026-11-20T13:59:59.999Z', '2026-11-20T14:00Z')).toEqual([false, true]);
    expect(openAt(florist, '2026-11-20T21:59:59.999Z', '2026-11-20T22:00Z')).toEqual([true, false]);
    // Saturday, and Monday in New York while it is Tuesday in London.
    expect(openAt(florist, '2026-11-21T15:00Z')).toEqual([false]);
    const late = hours('America/New_York', { mon: '19:00-24:00' });
    expect(openAt(late, '2026-11-24T01:00Z', '2026-11-24T04:59Z', '2026-11-24T05:00Z')).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('knows several ranges a day, and zones with an odd offset', () => {
    const dentist = hours('Asia/Kathmandu', { wed: '08:00-12:00 13:00-16:00' });
    // 05:45 ahead: 11:59, 12:00, 12:59, 13:00 of Wednesday.
    const instants = ['06:14', '06:15', '07:14', '07:15'].map((time) => `2026-11-25T${time}Z`);
    expect(openAt(dentist, ...instants)).toEqual([true, false, false, true]);
  });

  it('a range over midnight is of the day it begins, and ends the next morning', () => {
    const bar = hours('UTC', { fri: '22:00-02:00' });
    expect(openAt(bar, '2026-11-20T01:00Z', '2026-11-20T21:59Z', '2026-11-20T22:00Z')).toEqual([
      false,
      false,
      true,
    ]);
    expect(openAt(bar, '2026-11-21T01:59Z', '2026-11-21T02:00Z', '2026-11-21T22:30Z')).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('a range over midnight runs from the last day of the week, month and year into the first', () => {
    const bar = hours('UTC', { thu: '22:00-02:00', sat: '22:00-02:00' });
    expect(openAt(bar, '2026-12-31T23:00Z', '2027-01-01T01:00Z', '2027-01-01T03:00Z')).toEqual([
      true,
      true,
      false,
    ]);
    expect(openAt(bar, '2026-11-22T01:00Z')).toEqual([true]);
  });

  it('all day is all day, to the last minute', () => {
    const hotline = hours('Europe/Berlin', { 'mon-sun': '00:00-24:00' });
    for (let hour = 0; hour < 8 * 24; hour += 1) {
      expect(isOpen(hotline, Date.parse('2026-10-22T00:00Z') + hour * 3_600_000)).toBe(true);
    }
    expect(openAt(hours('UTC', { fri: '00:00-24:00' }), '2026-11-20T23:59:59Z', '2026-11-21T00:00Z')).toEqual(
      [true, false],
    );
  });

  it('nothing begins on a day that is closed; a night that began the day before goes on', () => {
    const bar = hours('Europe/Berlin', { 'mon-sun': '22:00-02:00' }, ['2026-12-25', '01-01']);
    // 24 December 23:30, 25 December 01:30, 22:30, 26 December 01:30, 22:30, all in Berlin.
    expect(
      openAt(
        bar,
        '2026-12-24T22:30Z',
        '2026-12-25T00:30Z',
        '2026-12-25T21:30Z',
        '2026-12-26T00:30Z',
        '2026-12-26T21:30Z',
      ),
    ).toEqual([true, true, false, false, true]);
  });

  it('a day is closed by the calendar of the business, that one year or every year', () => {
    const florist = hours('Pacific/Auckland', { 'mon-sun': '00:00-24:00' }, ['2026-12-25', '01-01']);
    // Auckland is 13 hours ahead: its 25 December begins at 11:00 of the 24th.
    expect(openAt(florist, '2026-12-24T10:59Z', '2026-12-24T11:00Z', '2026-12-25T11:00Z')).toEqual([
      true,
      false,
      true,
    ]);
    expect(openAt(florist, '2027-12-24T12:00Z')).toEqual([true]);
    expect(openAt(florist, '2026-12-31T12:00Z', '2027-12-31T12:00Z')).toEqual([false, false]);
  });

  it('the hour that comes twice is judged alike both times', () => {
    // Berlin, 25 October 2026: 03:00 summer time becomes 02:00.
    const night = hours('Europe/Berlin', { sun: '02:00-02:30' });
    expect(
      openAt(
        night,
        '2026-10-24T23:59Z',
        '2026-10-25T00:00Z',
        '2026-10-25T00:30Z',
        '2026-10-25T01:00Z',
        '2026-10-25T01:29Z',
        '2026-10-25T01:30Z',
      ),
    ).toEqual([false, true, false, true, true, false]);
  });

  it('the hour that is left out opens late, and a night over it ends at its hour', () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00.
    const early = hours('Europe/Berlin', { sun: '02:30-03:30' });
    expect(openAt(early, '2026-03-29T00:59Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z')).toEqual([
      false,
      true,
      false,
    ]);
    const night = hours('Europe/Berlin', { sat: '22:00-04:00' });
    expect(openAt(night, '2026-03-28T20:59Z', '2026-03-29T01:59Z', '2026-03-29T02:00Z')).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('on the day after a change of the clocks, the day before is still the day before', () => {
    // Saturday's night, half past midnight of the Sunday with 25 hours and of the Monday after it.
    const night = hours('Europe/Berlin', { sat: '22:00-01:00' });
    expect(openAt(night, '2026-10-24T22:30Z', '2026-10-25T22:30Z', '2026-10-25T23:30Z')).toEqual([
      true,
      false,
      false,
    ]);
    // 24 hours before 23:30 of that Sunday is still that Sunday: half past midnight, in summer time.
    const sunday = hours('Europe/Berlin', { sun: '23:00-00:30' });
    expect(openAt(sunday, '2026-10-25T22:30Z', '2026-10-25T23:29Z', '2026-10-25T23:30Z')).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('a business without a day is never open', () => {
    expect(isOpen({ timeZone: 'UTC', open: [], closedOn: [] }, Date.parse('2026-11-20T12:00Z'))).toBe(false);
  });
});

it.each([
  ['America/New_York', '2026-11-21T19:05:59Z', 'Saturday 21 November 2026, 14:05'],
  ['Europe/Berlin', '2026-06-30T22:00Z', 'Wednesday 1 July 2026, 00:00'],
  ['Asia/Kathmandu', '2026-12-31T18:15Z', 'Friday 1 January 2027, 00:00'],
  ['UTC', '2026-02-09T23:59:59.999Z', 'Monday 9 February 2026, 23:59'],
])('words the time in %s', (timeZone, at, text) => {
  expect(localTimeText(timeZone, Date.parse(at))).toBe(text);
});

it.each([
  ['mon', [1]],
  ['mon-fri', [1, 2, 3, 4, 5]],
  ['sat-mon', [6, 0, 1]],
  ['mon-sun', [1, 2, 3, 4, 5, 6, 0]],
  ['sun-sun', [0]],
  ['', null],
  ['monday', null],
  ['Mon', null],
  ['mon-', null],
  ['-mon', null],
  ['mon-tue-wed', null],
  ['mon,tue', null],
])('days: "%s"', (text, days) => {
  expect(parseDays(text)).toEqual(days);
});

it.each([
  ['08:00-16:30', { fromMinute: 480, toMinute: 990 }],
  ['22:00-02:00', { fromMinute: 1320, toMinute: 1560 }],
  ['22:00-00:00', { fromMinute: 1320, toMinute: 1440 }],
  ['00:00-24:00', { fromMinute: 0, toMinute: 1440 }],
  ['08:00-08:00', null],
  ['00:00-00:00', null],
  ['24:00-02:00', null],
  ['20:00-24:30', null],
  ['20:00-25:00', null],
  ['08:60-09:00', null],
  ['8:00-9:00', null],
  ['8-16', null],
  ['08:00', null],
  ['08:00-09:00-10:00', null],
  ['08:00–16:00', null],
  ['', null],
])('a range: "%s"', (text, range) => {
  expect(parseRange(text)).toEqual(range);
});

it.each([
  ['2026-12-25', true],
  ['12-25', true],
  ['02-29', true],
  ['2028-02-29', true],
  ['2026-02-29', false],
  ['2026-13-01', false],
  ['02-30', false],
  ['25.12.', false],
  ['12-25 ', false],
  ['2026-12-25T00:00', false],
  ['', false],
])('a day of the calendar: "%s"', (text, is) => {
  expect(isCalendarDay(text)).toBe(is);
});

it.each([
  ['America/New_York', true],
  ['europe/berlin', true],
  ['UTC', true],
  ['Mars/Base', false],
  ['+02:00', false],
  ['GMT+2', false],
  ['', false],
])('a time zone: "%s"', (name, is) => {
  expect(isTimeZone(name)).toBe(is);
});
