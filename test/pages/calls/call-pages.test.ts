import { describe, expect, it } from 'vitest';
import type { CallPage, CallSummary } from '../../../src/pages/browser/api-types.ts';
import type { Answer } from '../../../src/pages/browser/api.ts';
import { CallPages } from '../../../src/pages/browser/calls/call-pages.ts';

const aCall = (number: number): CallSummary => ({
  id: `ca-${number}`,
  direction: 'inbound',
  via: 'phone',
  stage: 'ended',
  from: '+15551234567',
  to: '+15550002222',
  profile: 'default',
  startedAt: new Date(number * 1000).toISOString(),
  endedAt: new Date(number * 1000 + 500).toISOString(),
  endReason: 'caller-hung-up',
  durationS: 0.5,
  answeredBy: null,
  isSettled: true,
  metadata: {},
  summary: null,
  attention: [],
});

/** The API's list over calls 1 to `count`, the latest first, 100 a page. */
class Listing {
  count: number;
  isAway = false;

  constructor(count: number) {
    this.count = count;
  }

  readonly ask = async (cursor: string | null): Promise<Answer<CallPage>> => {
    if (this.isAway) {
      const problem = { code: 'unavailable', message: 'Try again.' };
      return { is: 'refused', problem, problems: [problem] };
    }
    const latest = cursor === null ? this.count : Number(cursor);
    const size = Math.min(100, latest);
    const calls = Array.from({ length: size }, (_, at) => aCall(latest - at));
    return { is: 'ok', value: { calls, next: latest > size ? String(latest - size) : null } };
  };
}

const idsOf = (pages: CallPages): (string | undefined)[] => [
  pages.rows.value[0]?.id,
  pages.rows.value.at(-1)?.id,
];

describe('the list of calls', () => {
  it('keeps at most 200 rows on the page, there and back', async () => {
    const pages = new CallPages(new Listing(10_000).ask);
    await pages.load();
    expect(idsOf(pages)).toEqual(['ca-10000', 'ca-9901']);
    for (let page = 0; page < 5; page++) await pages.older();
    expect(pages.rows.value).toHaveLength(200);
    expect(idsOf(pages)).toEqual(['ca-9600', 'ca-9401']);
    pages.newer();
    expect(idsOf(pages)).toEqual(['ca-9700', 'ca-9501']);
    await pages.older();
    expect(idsOf(pages)).toEqual(['ca-9600', 'ca-9401']);
  });

  it('ends with the oldest call', async () => {
    const pages = new CallPages(new Listing(120).ask);
    await pages.load();
    expect(pages.hasOlder.value).toBe(true);
    expect((await pages.older())?.id).toBe('ca-20');
    expect(pages.hasOlder.value).toBe(false);
    expect(await pages.older()).toBeNull();
  });

  it('lets calls that have ended since wait above it', async () => {
    const listing = new Listing(150);
    const pages = new CallPages(listing.ask);
    await pages.load();
    listing.count = 153;
    await pages.refresh();
    expect(pages.waiting.value.map(({ id }) => id)).toEqual(['ca-153', 'ca-152', 'ca-151']);
    expect(idsOf(pages)).toEqual(['ca-150', 'ca-51']);
    pages.showWaiting();
    expect(idsOf(pages)).toEqual(['ca-153', 'ca-51']);
    await pages.older();
    expect(new Set(pages.rows.value.map(({ id }) => id)).size).toBe(153);
  });

  it('starts again where more calls ended than a page holds', async () => {
    const listing = new Listing(150);
    const pages = new CallPages(listing.ask);
    await pages.load();
    listing.count = 400;
    await pages.refresh();
    expect(idsOf(pages)).toEqual(['ca-400', 'ca-301']);
    expect(pages.waiting.value).toEqual([]);
  });

  it('keeps its rows while the API refuses, and says what it said', async () => {
    const listing = new Listing(150);
    const pages = new CallPages(listing.ask);
    await pages.load();
    listing.isAway = true;
    await pages.older();
    expect(pages.problem.value?.code).toBe('unavailable');
    expect(pages.rows.value).toHaveLength(100);
    listing.isAway = false;
    await pages.older();
    expect(pages.problem.value).toBeNull();
    expect(pages.rows.value).toHaveLength(150);
  });
});
