import { expect, test } from 'vitest';
import { endOf, rolloverOf } from '../../src/speech/rollover.ts';

const NOW = 1_700_000_000_000;
const MINUTE_MS = 60_000;

test.for([
  ['as the vendor says', NOW + 30 * MINUTE_MS, 30],
  ['after an hour, where the vendor says nothing', null, 60],
  ['after an hour, where the clocks disagree: it seems over', NOW - MINUTE_MS, 60],
  ['after an hour, where the clocks disagree: it seems just about over', NOW + 900, 60],
  ['after an hour, where the clocks disagree: it seems to have a day', NOW + 1440 * MINUTE_MS, 60],
] as const)('[R1] a session ends %s', ([, expiresAt, minutes]) => {
  expect(endOf(NOW, expiresAt)).toBe(NOW + minutes * MINUTE_MS);
});

test('[R1] of an hour the last five minutes are for the next session, and four of them for a pause', () => {
  expect(rolloverOf(60 * MINUTE_MS)).toEqual({ dialAfterMs: 55 * MINUTE_MS, pauseWithinMs: 4 * MINUTE_MS });
});
