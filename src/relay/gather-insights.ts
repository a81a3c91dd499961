// Reads the summaries of calls for insights, some at a time, so that no audio waits for it.
import type { CallStore } from '../call/call-store.ts';
import type { CallVia } from '../call/call-id.ts';
import { type GatheredInsights, Insights, type InsightsOf } from '../call/insights.ts';

const READ_AT_ONCE = 500;
const MOST_CALLS = 20_000;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Rejects with a StoreError. */
export async function gatherInsights(
  store: Pick<CallStore, 'digests'>,
  of: InsightsOf,
  via: CallVia | 'all',
): Promise<GatheredInsights> {
  const insights = new Insights(of);
  let after: { startedAt: number; id: string } | null = null;
  for (let read = 0; read < MOST_CALLS; read += READ_AT_ONCE) {
    const digests = await store.digests(of, after, READ_AT_ONCE);
    for (const digest of digests) if (via === 'all' || digest.via === via) insights.take(digest);
    after = digests.at(-1) ?? null;
    if (digests.length < READ_AT_ONCE) return { groups: await insights.groups(breathe), isCut: false };
  }
  return { groups: await insights.groups(breathe), isCut: true };
}
