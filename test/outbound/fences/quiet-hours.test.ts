import { getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../src/call/hours.ts';
import { readCalleeNumber } from '../../../src/outbound/fences/callee-number.ts';
import { zonesOf } from '../../../src/outbound/fences/callee-zones.ts';
import { NORTH_AMERICAN_ZONES } from '../../../src/outbound/fences/north-american-zones.ts';
import { refusalByQuietHours } from '../../../src/outbound/fences/quiet-hours.ts';

const NIGHT = parseRange('21:00-08:00');

function zones(to: string): readonly string[] {
  const read = readCalleeNumber(to);
  if (read.is === 'refused') throw new Error(read.refusal.message);
  return zonesOf(read.number);
}

/** null: not quiet; else when it is over, as an instant, '' where never. */
function quietUntil(to: string, at: string, quiet = NIGHT): string | null {
  const refusal = refusalByQuietHours(quiet, zones(to), Date.parse(at));
  if (refusal === null) return null;
  expect(refusal.code).toBe('quiet_hours');
  const { retryAfterS } = refusal;
  return retryAfterS === undefined ? '' : new Date(Date.parse(at) + retryAfterS * 1000).toISOString();
}

const NEW_YORK = '+12125550123';
const BERLIN = '+4930901820';

describe('quiet hours', () => {
  it('are those of the callee, from the first minute until the last is over', () => {
    expect(quietUntil(BERLIN, '2026-11-20T19:59:59.999Z')).toBeNull();
    expect(quietUntil(BERLIN, '2026-11-20T20:00Z')).toBe('2026-11-21T07:00:00.000Z');
    expect(quietUntil(BERLIN, '2026-11-21T06:59:59Z')).toBe('2026-11-21T07:00:00.000Z');
    expect(quietUntil(BERLIN, '2026-11-21T07:00Z')).toBeNull();
    // The same instant in New York is still the middle of the night.
    expect(quietUntil(NEW_YORK, '2026-11-21T07:00Z')).toBe('2026-11-21T13:00:00.000Z');
  });

  it('a range within one day is of that day', () => {
    const noon = parseRange('12:30-13:00');
    expect(quietUntil(BERLIN, '2026-11-20T11:29Z', noon)).toBeNull();
    expect(quietUntil(BERLIN, '2026-11-20T11:31Z', noon)).toBe('2026-11-20T12:00:00.000Z');
    expect(quietUntil(BERLIN, '2026-11-20T12:00Z', noon)).toBeNull();
  });

  it('end by the new time in a night in which the clocks change', () => {
    expect(quietUntil(BERLIN, '2026-03-28T21:00Z')).toBe('2026-03-29T06:00:00.000Z');
    expect(quietUntil(BERLIN, '2026-10-24T21:00Z')).toBe('2026-10-25T07:00:00.000Z');
  });

  it('hold where it is quiet in any time zone of the country', () => {
    // Madrid has eight o'clock, the Canaries seven.
    expect(quietUntil('+34912345678', '2026-11-20T07:30Z')).toBe('2026-11-20T08:00:00.000Z');
    // Kamchatka goes to bed at nine in Moscow's noon, Kaliningrad rises after it.
    expect(quietUntil('+74951234567', '2026-11-20T08:00Z')).toBeNull();
    expect(quietUntil('+74951234567', '2026-11-20T09:00Z')).toBe('2026-11-21T06:00:00.000Z');
  });

  it('may leave no hour of the day, and say so instead of a time', () => {
    const long = parseRange('18:00-10:00');
    expect(quietUntil('+74951234567', '2026-11-20T12:00Z', long)).toBe('');
  });

  it('hold all day for a number of which nobody knows where it is, unless they are off', () => {
    expect(quietUntil('+80012345678', '2026-11-20T12:00Z')).toBe('');
    expect(quietUntil('+80012345678', '2026-11-20T12:00Z', null)).toBeNull();
    expect(quietUntil(BERLIN, '2026-11-20T23:00Z', null)).toBeNull();
  });
});

describe('the time zones of a number', () => {
  it('are those of the area code in the USA and Canada', () => {
    expect(zones('+12125550123')).toEqual(['America/New_York']);
    expect(zones('+13105550199')).toEqual(['America/Los_Angeles']);
    expect(zones('+18085550199')).toEqual(['Pacific/Honolulu']);
    expect(zones('+14165550199')).toEqual(['America/Toronto']);
    expect(zones('+18505550199')).toEqual(['America/New_York', 'America/Chicago']);
  });

  it('are all of the country for toll-free numbers, and all of +1 for a fictional one', () => {
    expect(zones('+18005550199')).toEqual(expect.arrayContaining(['America/New_York', 'Pacific/Honolulu']));
    expect(zones('+15550001111')).toEqual(
      expect.arrayContaining(['America/St_Johns', 'Pacific/Honolulu', 'America/Jamaica']),
    );
  });

  it('are known for every country that has numbers, and to this machine', () => {
    for (const country of getCountries()) {
      const found = zonesOf({
        e164: '',
        country,
        countries: [country],
        areaCode: null,
        callingCode: '',
        isAssigned: true,
      });
      expect(found, country).not.toEqual([]);
      expect(() => refusalByQuietHours(NIGHT, found, Date.now())).not.toThrow();
    }
  });

  it('the list of area codes has every one of the USA and Canada, and no other', () => {
    const listed = new Set(Object.values(NORTH_AMERICAN_ZONES).flatMap((areas) => areas.split(' ')));
    const assigned = new Set<string>();
    for (let area = 200; area < 1000; area++) {
      const number = parsePhoneNumberFromString(`+1${area}2345678`);
      // Elsewhere are toll-free and personal numbers, and 600, which is for satellites.
      const isOfAPlace = number?.getType() === 'FIXED_LINE_OR_MOBILE' && area !== 600;
      if (isOfAPlace && ['US', 'CA'].includes(number.country ?? '')) assigned.add(String(area));
    }
    expect([...assigned].filter((area) => !listed.has(area))).toEqual([]);
    expect([...listed].filter((area) => !assigned.has(area))).toEqual([]);
    for (const zone of Object.keys(NORTH_AMERICAN_ZONES))
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
  });
});
