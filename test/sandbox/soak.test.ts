import { describe, expect, it } from 'vitest';
import { chartOf } from '../../sandbox/soak/chart.ts';
import { reportOf } from '../../sandbox/soak/report.ts';
import type { Sample } from '../../sandbox/soak/samples.ts';
import { slopePerHour, warmedUp } from '../../sandbox/soak/slope.ts';

const MIB = 1024 * 1024;

/** One a second. */
function points(...values: number[]): { atMs: number; value: number }[] {
  return values.map((value, second) => ({ atMs: 1000 * second, value }));
}

/** One sample a second, each with this much heap in use. */
function samplesOf(heapMib: readonly number[]): Sample[] {
  return heapMib.map((mib, second) => ({
    atMs: 5000 + 1000 * second,
    rssBytes: 100 * MIB,
    heapBytes: mib * MIB,
    resources: 12,
    loopLateP99Ms: 1.25,
  }));
}

describe('a slope', () => {
  it('is what a straight line rises in an hour', () => {
    expect(slopePerHour(points(10, 11, 12, 13))).toBeCloseTo(3600, 6);
    expect(slopePerHour(points(13, 12.5, 12))).toBeCloseTo(-1800, 6);
  });

  it('is that of the line which fits best', () => {
    // By hand: x 0 1 2 3, y 0 2 1 3; Σdxdy = 4, Σdx² = 5.
    expect(slopePerHour(points(0, 2, 1, 3))).toBeCloseTo(0.8 * 3600, 6);
  });

  it('heeds when each sample was taken', () => {
    const late = [
      { atMs: 0, value: 0 },
      { atMs: 1000, value: 1 },
      { atMs: 9000, value: 9 },
    ];
    expect(slopePerHour(late)).toBeCloseTo(3600, 6);
  });

  it('is none of a figure that swings around a level', () => {
    expect(slopePerHour(points(10, 90, 10, 90, 90, 10, 90, 10))).toBeCloseTo(0, 6);
  });

  it('there is none of one sample, or of no time', () => {
    expect(slopePerHour([])).toBeNull();
    expect(slopePerHour(points(7))).toBeNull();
    expect(
      slopePerHour([
        { atMs: 5, value: 1 },
        { atMs: 5, value: 2 },
      ]),
    ).toBeNull();
  });

  it('is judged without the first third of the time', () => {
    expect(warmedUp(points(0, 1, 2, 3, 4, 5, 6)).map(({ value }) => value)).toEqual([2, 3, 4, 5, 6]);
    expect(warmedUp([])).toEqual([]);
  });
});

describe('a chart', () => {
  it('has its lowest value at the foot, its highest at the top, and the rest in between', () => {
    expect(chartOf([0, 5, 10], { width: 10, height: 1 })).toEqual(['▁▅█']);
    expect(chartOf([0, 15], { width: 10, height: 2 })).toEqual([' █', '▁█']);
    expect(chartOf([0, 8, 15], { width: 10, height: 2 })).toEqual([' ▁█', '▁██']);
  });

  it('of more values than columns shows the highest of each few', () => {
    expect(chartOf([0, 0, 0, 7, 0, 0], { width: 3, height: 1 })).toEqual(['▁█▁']);
    expect(chartOf([1, 2, 3, 4, 5], { width: 2, height: 1 })).toEqual(['▁█']);
  });

  it('of a figure that never changes is a flat line', () => {
    expect(chartOf([3, 3, 3], { width: 10, height: 2 })).toEqual(['   ', '▁▁▁']);
  });

  it('of nothing is nothing', () => {
    expect(chartOf([], { width: 10, height: 2 })).toEqual([]);
  });
});

describe('a report', () => {
  it('tells of each figure its range, its course and where it is heading', () => {
    const report = reportOf(samplesOf([20, 30, 40, 40, 40, 40, 40]));
    expect(report).toContain('memory: min 100.0 MiB, max 100.0 MiB, slope +0.0 MiB an hour\n  │');
    expect(report).toContain(
      'heap in use, garbage collected: min 20.0 MiB, max 40.0 MiB, slope +0.0 MiB an hour',
    );
    expect(report).toContain('open handles and requests: min 12, max 12, slope +0 an hour');
    expect(report).toContain('event-loop delay, p99 of each second: min 1.3 ms, max 1.3 ms');
  });

  it('shows what leaks, and what shrinks', () => {
    expect(reportOf(samplesOf([50, 50, 50, 51, 52, 53, 54]))).toContain('slope +3600.0 MiB an hour');
    expect(reportOf(samplesOf([54, 54, 54, 53, 52, 51, 50]))).toContain('slope −3600.0 MiB an hour');
  });

  it('of one sample has no slope, and of none says so', () => {
    expect(reportOf(samplesOf([20]))).toContain('max 20.0 MiB, no slope');
    expect(reportOf([])).toBe('nothing was sampled');
  });
});
