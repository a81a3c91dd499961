import { describe, expect, it } from 'vitest';
import { clockTime, endOf, lengthOf, numberWords, timeAgo } from '../../src/pages/browser/words.ts';

it.each([
  [0, '0:00'],
  [61_900, '1:01'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
])('writes %i ms as %s', (ms, words) => {
  expect(clockTime(ms)).toBe(words);
});

it('writes a wait in the unit that fits', () => {
  expect([lengthOf(7.4), lengthOf(999), lengthOf(1449), lengthOf(13_400)]).toEqual([
    '7 ms',
    '999 ms',
    '1.45 s',
    '13.4 s',
  ]);
});

it('says how long ago something was', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  const ago = [2, 40, 300, 7_200, 172_800].map((seconds) => timeAgo(now - seconds * 1000, now));
  expect(ago).toEqual(['just now', '40 sec. ago', '5 min. ago', '2 hr. ago', '2 days ago']);
  expect(timeAgo(now + 20_000, now)).toBe('in 20 sec.');
});

describe('a phone number', () => {
  const shown = (number: string, isMasked: boolean): string =>
    numberWords(number, isMasked).replaceAll('\u00a0', ' ');

  it('is grouped for reading', () => {
    expect(shown('+15551234567', false)).toBe('+1 555 123 4567');
    expect(shown('+4930123456789', false)).toBe('+49 301 2345 6789');
  });

  it('loses its middle when it is masked', () => {
    expect(shown('+15551234567', true)).toBe('+1 555 ••• 4567');
    expect(shown('12345', true)).toBe('•••');
  });

  it('stays what the carrier said where it is none', () => {
    expect(shown('anonymous', true)).toBe('anonymous');
    expect(shown('', false)).toBe('unknown');
  });
});

it('names an end reason of a newer relay by its code', () => {
  expect(endOf('struck-by-lightning').words).toBe('struck by lightning');
});
