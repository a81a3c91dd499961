import { describe, expect, it } from 'vitest';
import {
  afterSilence,
  instantAt,
  isRecorded,
  lanePath,
  type Peaks,
  placeOf,
} from '../../../src/pages/browser/call/recording-clock.ts';

const ORIGIN = Date.parse('2026-11-30T12:00:00Z');
const iso = (seconds: number): string => new Date(ORIGIN + seconds * 1000).toISOString();

/** One process recorded ten seconds, the next one five, three seconds later. */
const HANDED_OVER = {
  lengthMs: 15_000,
  parts: [
    { beganAt: iso(0), offsetMs: 0, lengthMs: 10_000 },
    { beganAt: iso(13), offsetMs: 10_000, lengthMs: 5_000 },
  ],
};

describe('an instant of the call', () => {
  it.each([
    [4, 4_000],
    [14, 11_000],
    // Between two parts nothing was recorded.
    [11, 10_000],
    [-1, 0],
    [99, 15_000],
  ])('at %i s lies in the recording at %i ms', (seconds, place) => {
    expect(placeOf(ORIGIN + seconds * 1000, HANDED_OVER, ORIGIN)).toBe(place);
  });

  it('is in no part while its process is being replaced', () => {
    const areRecorded = [-1, 0, 4, 11, 13, 17, 19].map((at) => isRecorded(ORIGIN + at * 1000, HANDED_OVER));
    expect(areRecorded).toEqual([false, true, true, false, true, true, false]);
  });

  it('is found again from its place, across a hand-over', () => {
    for (const seconds of [0, 4, 9, 13, 14])
      expect(instantAt(placeOf(ORIGIN + seconds * 1000, HANDED_OVER, ORIGIN), HANDED_OVER, ORIGIN)).toBe(
        ORIGIN + seconds * 1000,
      );
  });

  it('is counted from the beginning of the call where the recording does not tell its own', () => {
    const old = { lengthMs: 10_000, parts: [{ beganAt: null, offsetMs: 0, lengthMs: 10_000 }] };
    expect(placeOf(ORIGIN + 4_000, old, ORIGIN)).toBe(4_000);
    expect(instantAt(4_000, old, ORIGIN)).toBe(ORIGIN + 4_000);
  });
});

describe('silence', () => {
  const peaks = (caller: readonly number[]): Peaks => ({
    lengthMs: caller.length * 500,
    parts: [],
    caller,
    agent: caller.map(() => 0),
  });

  it('is skipped to a moment before the next word', () => {
    expect(afterSilence(600, peaks([50, 0, 0, 0, 0, 0, 60]))).toBe(2_750);
  });

  it('stays where it is short, or somebody speaks', () => {
    expect(afterSilence(600, peaks([50, 0, 0, 60]))).toBeNull();
    expect(afterSilence(0, peaks([50, 0, 0, 0, 0, 0, 60]))).toBeNull();
  });
});

it('draws a lane as one closed line, and nothing of an empty recording', () => {
  expect(lanePath([0, 100])).toBe('M0.0,49.4L500.0,0.0L500.0,100.0L0.0,50.6Z');
  expect(lanePath([])).toBe('');
});
