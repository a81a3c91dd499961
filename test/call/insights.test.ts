import { describe, expect, it } from 'vitest';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { CallSummarizer } from '../../src/call/call-summary.ts';
import { type CallDigest, Insights, type InsightsOf, spreadOf } from '../../src/call/insights.ts';

const HOUR_MS = 3_600_000;
const OF: InsightsOf = { since: 0, until: 4 * HOUR_MS, stepMs: HOUR_MS, by: 'none' };
const EMPTY = new CallSummarizer(LIST_PRICES).summary(null);

const digest = (startedAt: number, more: Partial<CallDigest> = {}): CallDigest => ({
  id: `CI${startedAt}`,
  direction: 'inbound',
  via: 'phone',
  profile: 'dental',
  startedAt,
  ended: { at: startedAt + 60_000, reason: 'caller-hung-up' },
  summary: EMPTY,
  ...more,
});

async function groupsOf(digests: readonly CallDigest[], of: Partial<InsightsOf> = {}) {
  const insights = new Insights({ ...OF, ...of });
  for (const one of digests) insights.take(one);
  return insights.groups(async () => {});
}

describe('[K5] insights', () => {
  it('gather calls by when they started, and leave empty stretches out', async () => {
    const [group, ...others] = await groupsOf([
      digest(2 * HOUR_MS),
      digest(1),
      digest(5),
      digest(9 * HOUR_MS),
    ]);
    expect(others).toEqual([]);
    expect(group?.value).toBe('');
    expect(group?.stretches.map(({ at, calls, seconds }) => [at, calls, seconds])).toEqual([
      [0, 2, 120],
      [2 * HOUR_MS, 1, 60],
    ]);
  });

  it('tell how many were live at a time', async () => {
    const [group] = await groupsOf([
      digest(0),
      digest(30_000),
      digest(60_000),
      digest(200_000, { ended: null }),
    ]);
    expect(group?.stretches[0]?.peak).toBe(2);
  });

  it('tell whose doing each end was', async () => {
    const ends = ['caller-hung-up', 'no-answer', 'bug', 'speech-lost'].map((reason, at) =>
      digest(at, { ended: { at: at + 1, reason } }),
    );
    const [group] = await groupsOf([...ends, digest(9, { ended: null })]);
    expect(group?.stretches[0]).toMatchObject({
      calls: 5,
      ended: { wanted: 1, theirs: 1, ours: 2 },
      endReasons: { bug: 1 },
    });
  });

  it('spread waits over all calls, each part by itself', async () => {
    const waits = [100, 200, 300, 400].map((agent) => [0, 0, 0, agent, 0, 0, 10]);
    const [group] = await groupsOf([
      digest(0, { summary: { ...EMPTY, waits: waits.slice(0, 2), coughs: 2 } }),
      digest(1, { summary: { ...EMPTY, waits: waits.slice(2), coughs: 3 } }),
      digest(2, { summary: null }),
    ]);
    const [stretch] = group?.stretches ?? [];
    expect(stretch?.coughs).toBe(5);
    expect(stretch?.wait).toEqual({ count: 4, p50Ms: 310, p95Ms: 410, maxMs: 410 });
    expect(stretch?.parts?.agent).toEqual({ count: 4, p50Ms: 300, p95Ms: 400, maxMs: 400 });
    expect(stretch?.parts?.line.maxMs).toBe(10);
  });

  it('sum what calls cost by owner, and take an unknown cost for no 0', async () => {
    const cost = { usd: 0.3, isPartial: false, isEstimate: false };
    const byOwner = { ears: 0.1, voice: 0.2, agent: null, carrier: null };
    const [group] = await groupsOf([
      digest(0, { summary: { ...EMPTY, cost: { ...cost, byOwner } } }),
      digest(1, { summary: { ...EMPTY, cost: { ...cost, isPartial: true, byOwner } } }),
      // As an older version wrote it.
      digest(2, { summary: { ...EMPTY, cost: { ...cost, byOwner: null } } }),
      digest(HOUR_MS, { summary: { ...EMPTY, cost: null } }),
    ]);
    expect(group?.stretches.map(({ cost: all }) => all)).toEqual([
      {
        usd: 0.9,
        isPartial: true,
        isEstimate: false,
        byOwner: { ears: 0.2, voice: 0.4, agent: null, carrier: null },
      },
      null,
    ]);
  });

  it('tell calls apart, and gather the rarest kinds', async () => {
    const groups = await groupsOf([digest(0), digest(1, { profile: 'shop' })], { by: 'profile' });
    expect(groups.map(({ value }) => value)).toEqual(['dental', 'shop']);
    const many = Array.from({ length: 30 }, (_, index) => digest(index, { profile: `p${index}` }));
    const bounded = await groupsOf(many, { by: 'profile' });
    expect(bounded).toHaveLength(21);
    expect(bounded.find(({ value }) => value === 'other')?.stretches[0]?.calls).toBe(10);
  });
});

it('nothing has no spread', () => {
  expect(spreadOf([])).toBeNull();
});
