import { expect, it } from 'vitest';
import type { Insights, Stretch } from '../../../src/pages/browser/api-types.ts';
import { seriesOf, sumsOf } from '../../../src/pages/browser/calls/insight-figures.ts';

const SINCE = Date.parse('2026-11-30T00:00:00Z');
const hour = (number: number): string => new Date(SINCE + number * 3_600_000).toISOString();

const stretch = (number: number, count: number): Stretch => ({
  at: hour(number),
  calls: 3,
  peak: number + 1,
  ended: { wanted: 2, theirs: 0, ours: 1 },
  endReasons: { 'caller-hung-up': 2, bug: 1 },
  turns: { done: 40, interrupted: 8, joined: 1, failed: 1 },
  coughs: 4,
  fillers: 0,
  reconnects: 1,
  handOvers: 0,
  longestSilenceMs: 1_000 * number,
  wait: { count, p50Ms: 900, p95Ms: 2_100, maxMs: 3_000 },
  parts: null,
  cost: {
    usd: 0.5,
    isPartial: false,
    isEstimate: number === 3,
    byOwner: { ears: 0.1, voice: 0.2, agent: null, carrier: 0.2 },
  },
});

const INSIGHTS: Insights = {
  since: hour(0),
  until: hour(4),
  step: 3_600,
  isCut: false,
  groups: [{ value: '', stretches: [stretch(1, 50), stretch(3, 5)] }],
};

it('lays stretches on an even grid, and takes no percentile of too few waits', () => {
  expect(seriesOf(INSIGHTS)).toEqual({
    at: [0, 1, 2, 3].map((number) => SINCE / 1000 + number * 3_600),
    calls: [0, 3, 0, 3],
    peak: [0, 2, 0, 4],
    p50: [null, 0.9, null, 0.9],
    p95: [null, 2.1, null, null],
    costs: {
      ears: [null, 0.1, null, 0.1],
      voice: [null, 0.2, null, 0.2],
      agent: [null, null, null, null],
      carrier: [null, 0.2, null, 0.2],
    },
    cost: [null, { usd: 0.5, isRough: false }, null, { usd: 0.5, isRough: true }],
  });
});

it('sums what happened, a hundred turns at a time', () => {
  const sums = sumsOf(INSIGHTS);
  expect(sums).toMatchObject({
    calls: 6,
    peak: 4,
    turns: 100,
    longestSilenceMs: 3_000,
    cost: { usd: 1, isRough: true },
  });
  expect(sums.ended).toEqual([
    { reason: 'caller-hung-up', count: 4 },
    { reason: 'bug', count: 2 },
  ]);
  expect(new Map(sums.rates).get('interruptions')).toBe(16);
});
