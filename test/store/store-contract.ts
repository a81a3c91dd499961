// What any CallStore must do, run over each kind. Two of them on the same data stand for two processes.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallbackStore } from '../../src/call/callback-store.ts';
import type { CountStore } from '../../src/call/count-store.ts';
import { transcriptOf } from '../../src/call/transcript.ts';
import { type CallCount, type CallStore, type Claim, StoreError } from '../../src/call/call-store.ts';
import type { CallEvent, CallId } from '../../src/call/call.ts';
import { changeBySummary } from '../../src/call/call-record.ts';
import {
  LEASE_MS,
  NOON,
  RESUME,
  SID,
  SUMMARY,
  Writing,
  ended,
  event,
  queued,
  said,
  started,
} from './some-calls.ts';

export interface Place {
  /** A store on the same data each time, as another process would have it; `keepsWords` is true unless said. */
  open(keepsWords?: boolean): CallStore & CallbackStore & CountStore;
  /** All that is stored, as text. */
  everyRow(): Promise<string>;
  /** A place of the same kind where nothing was ever written. */
  fresh(): Promise<{ open: () => CallStore; remove: () => Promise<void> }>;
  remove(): Promise<void>;
}

export function describeCallStore(kind: CallStore['kind'], makePlace: () => Promise<Place>): void {
  describe(`the call store on ${kind}`, () => {
    let place: Place;
    let store: CallStore;
    let other: CallStore;
    let a: Writing;
    let b: Writing;
    let calls = 0;
    /** Of this test. */
    let call: CallId;

    beforeAll(async () => {
      place = await makePlace();
      store = place.open();
      other = place.open();
    });
    beforeEach(() => {
      calls++;
      call = `CA${calls}`;
      a = new Writing(`process-a-${calls}`);
      b = new Writing(`process-b-${calls}`);
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.remove();
    });

    const claimBy = (who: Writing, more: Partial<Claim> = {}): Claim => ({
      ownerId: who.ownerId,
      now: NOON,
      leaseUntil: NOON + LEASE_MS,
      evenFrom: null,
      ...more,
    });
    const eventsOf = async (callId: CallId): Promise<CallEvent[]> =>
      (await store.eventsAfter(callId, 0, 10_000)).map((stored) => stored.event);

    it('tells its kind, and answers a ping', async () => {
      expect(store.kind).toBe(kind);
      await store.ping();
    });

    it('returns a call’s events unchanged and in order, those of another process included', async () => {
      const events = [
        started(call),
        said(call, NOON + 1.25, 'Grüße, "café" \\ 😀\n'),
        event(call, NOON + 2, {
          type: 'turn-finished',
          turnId: 1,
          outcome: 'interrupted',
          said: 'All of it.',
          heard: 'All',
          failure: null,
        }),
        event(call, NOON + 3, { type: 'reply-held' }),
      ];
      await store.append(a.batch(events.slice(0, 2)));
      await store.append(a.batch(events.slice(2)));
      await store.append(a.batch([started(`${call}x`)]));
      const stored = await other.eventsAfter(call, 0, 100);
      expect(stored.map((one) => one.event)).toEqual(events);
      expect(transcriptOf(stored.map((one) => one.event)).map((line) => [line.who, line.said])).toEqual([
        ['caller', 'Grüße, "café" \\ 😀\n'],
        ['agent', 'All of it.'],
      ]);
    });

    it('returns events after a position, up to a limit, of one call or of all', async () => {
      const last = (await store.eventsAfter(null, 0, 100_000)).at(-1)?.position ?? 0;
      await store.append(a.batch([started(call), said(call, NOON + 1, 'one')]));
      await store.append(a.batch([started(`${call}x`), said(call, NOON + 2, 'two')]));
      const [first, second] = await store.eventsAfter(call, last, 2);
      expect([first?.event.at, second?.event.at]).toEqual([NOON, NOON + 1]);
      const rest = await store.eventsAfter(call, second?.position ?? 0, 2);
      expect(rest.map((one) => one.event.at)).toEqual([NOON + 2]);
      expect((await store.eventsAfter(null, last, 100)).map((one) => one.event.callId)).toEqual([
        call,
        call,
        `${call}x`,
        call,
      ]);
      expect(await other.lastPosition()).toBe((await store.eventsAfter(null, last, 100)).at(-1)?.position);
    });

    it('records the facts of a call as they become known', async () => {
      await store.append(a.batch([started(call), said(call, NOON + 5, 'hello')]));
      expect(await store.load(call)).toEqual({
        id: call,
        direction: 'inbound',
        from: '+15550001',
        to: '+15550002',
        profile: '',
        startedAt: NOON,
        lastAt: NOON + 5,
        ended: null,
        holder: { ownerId: a.ownerId, leaseUntil: NOON + LEASE_MS },
        claims: 0,
        resume: null,
        sid: SID,
        stage: 'in-progress',
        answeredBy: null,
        assignment: null,
        result: null,
        isResultWanted: false,
        isSettled: false,
        summary: null,
        attention: [],
      });
      await store.append(a.batch([ended(call, NOON + 9)]));
      expect(await other.load(call)).toMatchObject({
        from: '+15550001',
        startedAt: NOON,
        lastAt: NOON + 9,
        ended: { at: NOON + 9, reason: 'caller-hung-up' },
        stage: 'ended',
      });
      await store.append(a.batch([said(call, NOON + 10, 'bye')]));
      expect(await store.load(call)).toMatchObject({ ended: { at: NOON + 9 }, lastAt: NOON + 10 });
      expect(await store.load('CAnobody')).toBeNull();
    });

    it('ends a call that began and ended in one batch, and revives one that began again', async () => {
      await store.append(a.batch([started(call), ended(call, NOON + 1)]));
      expect((await store.load(call))?.ended).toEqual({ at: NOON + 1, reason: 'caller-hung-up' });
      await store.append(a.batch([started(call, NOON + 2)]));
      expect(await store.load(call)).toMatchObject({ ended: null, startedAt: NOON });
    });

    it('[R3] keeps the state to resume a call from until a newer one comes', async () => {
      await store.append(a.batch([started(call)], { [call]: RESUME }));
      await store.append(a.batch([said(call, NOON + 1, 'hm')]));
      expect(await other.load(call)).toMatchObject({
        direction: 'inbound',
        profile: 'night desk',
        resume: RESUME,
      });
      const later = { ...RESUME, speaking: null, order: { type: 'hang-up' } as const, agent: null };
      await store.append(a.batch([], { [call]: later }));
      expect((await other.load(call))?.resume).toEqual(later);
    });

    it('writes a repeated batch once, and keeps the last state of a call', async () => {
      const first = a.batch([started(call), said(call, NOON + 1, 'once')]);
      await store.append(first);
      await other.append(first);
      await store.append(a.batch([ended(call, NOON + 2)]));
      expect((await eventsOf(call)).map((one) => one.type)).toEqual([
        'call-started',
        'caller-said',
        'call-ended',
      ]);
    });

    it('keeps events of two processes apart that have the same numbers', async () => {
      await store.append(a.batch([started(call)]));
      await other.append(b.batch([said(call, NOON + 1, 'from b')]));
      expect(await eventsOf(call)).toHaveLength(2);
    });

    it('accepts any text, and drops the characters that it cannot store', async () => {
      await store.append(
        a.batch([started(call, NOON, 'a\0b', '\uD800'), said(call, NOON + 1, 'half \uDC00 a\0 😀 \\u0000')]),
      );
      const [first, second] = await eventsOf(call);
      expect(first).toMatchObject({ from: 'ab', to: '\uFFFD' });
      expect(second).toMatchObject({ transcript: 'half \uFFFD a 😀 \\u0000' });
    });

    it('writes all of a batch or nothing, and marks an error of the data', async () => {
      const good = a.batch([started(call), said(call, NOON, 'never')]);
      const events = good.events.map((one) => ({ ...one, event: { ...one.event, at: Number.NaN } }));
      const bad = { ...good, events };
      const error: unknown = await store.append(bad).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ isAboutData: true });
      expect(String(error)).not.toContain('never');
      expect(await store.load(call)).toBeNull();
      expect(await eventsOf(call)).toEqual([]);
      await store.append(a.batch([started(call)]));
    });

    describe('a call has one process', () => {
      it('[R3] a process can claim another’s call only after its lease has ended', async () => {
        await store.append(a.batch([started(call)], { [call]: RESUME }));
        expect(await other.claim(call, claimBy(b))).toBeNull();
        expect(await other.claim(call, claimBy(b, { now: NOON + LEASE_MS }))).toBeNull();
        expect(await other.claim('CAnobody', claimBy(b))).toBeNull();
        const until = NOON + 2 * LEASE_MS;
        const taken = await other.claim(call, claimBy(b, { now: NOON + LEASE_MS + 1, leaseUntil: until }));
        expect(taken).toMatchObject({
          holder: { ownerId: b.ownerId, leaseUntil: until },
          claims: 1,
          resume: RESUME,
        });
        expect(await store.claim(call, claimBy(a))).toBeNull();
      });

      it('a process can claim its own call, and a released one', async () => {
        await store.append(a.batch([started(call)]));
        expect(await store.claim(call, claimBy(a))).not.toBeNull();
        await other.release(call, b.ownerId);
        expect(await other.claim(call, claimBy(b))).toBeNull();
        await store.release(call, a.ownerId);
        expect((await store.load(call))?.holder).toBeNull();
        expect(await other.claim(call, claimBy(b))).not.toBeNull();
      });

      it('[R3] a process that Twilio asked takes the call from the holder it saw, and from no later one', async () => {
        await store.append(a.batch([started(call)]));
        const seen = (await other.load(call))?.claims ?? -1;
        expect(await other.claim(call, claimBy(b, { evenFrom: seen + 1 }))).toBeNull();
        expect(await other.claim(call, claimBy(b, { evenFrom: seen }))).not.toBeNull();
        expect(await store.claim(call, claimBy(new Writing('process-c'), { evenFrom: seen }))).toBeNull();
      });

      it('of two simultaneous claims exactly one succeeds, fifty times', async () => {
        const names = Array.from({ length: 50 }, (_, index) => `${call}-${index}`);
        await store.append(a.batch(names.map((name) => started(name))));
        const late = { now: NOON + LEASE_MS + 1, leaseUntil: NOON + 9 * LEASE_MS };
        const winners = await Promise.all(
          names.map(async (name, index) => {
            const more = index % 2 === 0 ? late : { evenFrom: 0 };
            const claims = await Promise.all([
              store.claim(name, claimBy(b, more)),
              other.claim(name, claimBy(new Writing('process-c'), more)),
            ]);
            return claims.filter((won) => won !== null).length;
          }),
        );
        expect(winners).toEqual(names.map(() => 1));
      });

      it('a process that lost the call changes no fact of it, but its events are stored', async () => {
        await store.append(a.batch([started(call)], { [call]: RESUME }));
        await other.claim(call, claimBy(b, { evenFrom: 0 }));
        const late = { ...RESUME, profile: 'stale', speaking: null };
        await store.append(a.batch([ended(call, NOON + 3)], { [call]: late }));
        expect(await store.load(call)).toMatchObject({
          ended: null,
          profile: RESUME.profile,
          resume: RESUME,
          holder: { ownerId: b.ownerId },
        });
        expect((await eventsOf(call)).at(-1)?.type).toBe('call-ended');
        await other.append(b.batch([ended(call, NOON + 8)]));
        expect((await store.load(call))?.ended?.at).toBe(NOON + 8);
      });

      it('renews the leases of a process’s calls, and returns those that another holds', async () => {
        const lost = `${call}-lost`;
        await store.append(a.batch([started(call), started(lost)]));
        await other.claim(lost, claimBy(b, { evenFrom: 0 }));
        const until = NOON + 7 * LEASE_MS;
        expect(await store.renew(a.ownerId, [call, lost, 'CAunwritten'], until)).toEqual([lost]);
        expect((await store.load(call))?.holder?.leaseUntil).toBe(until);
        expect((await store.load(lost))?.holder).toEqual({
          ownerId: b.ownerId,
          leaseUntil: NOON + LEASE_MS,
        });
      });
    });

    it('lists calls by state, direction, number and time, the latest first', async () => {
      const from = `+1555${calls}`;
      await store.append(
        a.batch([
          started(`${call}-1`, NOON, from),
          started(`${call}-2`, NOON + 2, '+15559', from),
          queued(`${call}-3`, NOON + 3, from),
          ended(`${call}-1`, NOON + 4),
        ]),
      );
      const found = async (query: object): Promise<string[]> =>
        (await store.list({ number: from, limit: 10, ...query })).calls.map(({ id }) =>
          id.slice(call.length + 1),
        );
      expect(await found({})).toEqual(['3', '2', '1']);
      expect(await found({ state: 'live' })).toEqual(['3', '2']);
      expect(await found({ state: 'ended' })).toEqual(['1']);
      expect(await found({ direction: 'outbound' })).toEqual(['3']);
      expect(await found({ direction: 'inbound' })).toEqual(['2', '1']);
      expect(await found({ since: NOON + 2, until: NOON + 3 })).toEqual(['2']);
      expect(await found({ number: '+15559' })).toEqual(['2']);
    });

    it('[K5] keeps the summary of a call, and lists and counts calls by what it says', async () => {
      const from = `+1555${calls}`;
      const [plain, slow, lost, live] = ['1', '2', '3', '4'].map((name) => `${call}-${name}`) as [
        string,
        string,
        string,
        string,
      ];
      await store.append(
        a.batch(
          [
            started(plain, NOON, from),
            started(slow, NOON + 1, from),
            queued(lost, NOON + 2, from),
            started(live, NOON + 3, from),
            ...[plain, slow, lost].map((id) => ended(id, NOON + 9)),
          ],
          {},
          [
            changeBySummary(plain, NOON + 9, SUMMARY),
            changeBySummary(slow, NOON + 9, {
              ...SUMMARY,
              longestSilenceMs: 98_765,
              attention: ['slow', 'result'],
            }),
          ],
        ),
      );
      const callbacks = place.open();
      await callbacks.addCallback({
        id: `${call}-cb`,
        callId: lost,
        url: 'https://x',
        body: '{}',
        createdAt: NOON,
      });
      await callbacks.noteAttempt(`${call}-cb`, { nextAt: NOON + 5, deliveredAt: null, lastProblem: '500' });
      const found = async (query: object): Promise<string[]> =>
        (await store.list({ number: from, limit: 10, ...query })).calls.map(({ id }) =>
          id.slice(call.length + 1),
        );
      expect((await store.load(plain))?.summary).toEqual(SUMMARY);
      expect((await store.load(live))?.summary).toBeNull();
      expect(await found({ needsAttention: true })).toEqual(['2']);
      await callbacks.noteAttempt(`${call}-cb`, { nextAt: null, deliveredAt: null, lastProblem: '500' });
      // Later than the callback, as after a settling that took long.
      await store.append(a.batch([], {}, [changeBySummary(lost, NOON + 9, SUMMARY)]));
      await callbacks.close();
      expect((await store.load(lost))?.attention).toEqual(['callback']);
      expect(await found({ needsAttention: true })).toEqual(['3', '2']);
      expect(await found({ needsAttention: false })).toEqual(['4', '1']);
      expect(await found({ endReason: 'caller-hung-up' })).toEqual(['3', '2', '1']);
      expect(await found({ endReason: 'bug' })).toEqual([]);
      expect(await found({ profile: 'night desk' })).toEqual(['3']);
      expect(await found({ via: 'browser' })).toEqual([]);
      expect(await found({ via: 'phone', direction: 'outbound' })).toEqual(['3']);
      const counts = await store.count({ number: from });
      const of = (wanted: Partial<CallCount>): number =>
        counts
          .filter((one) => Object.entries(wanted).every(([name, value]) => Reflect.get(one, name) === value))
          .reduce((all, one) => all + one.calls, 0);
      expect([of({}), of({ isLive: true }), of({ needsAttention: true })]).toEqual([4, 1, 2]);
      expect([
        of({ endReason: 'caller-hung-up' }),
        of({ direction: 'outbound' }),
        of({ via: 'phone' }),
      ]).toEqual([3, 1, 4]);
      await store.erase(slow);
      expect((await place.everyRow()).includes('98765')).toBe(false);
    });

    it('[K5] lists, counts and reads 10,000 calls in well under a second', async () => {
      const { open, remove } = await place.fresh();
      const many = open();
      const writing = new Writing('process-of-many');
      for (let at = 0; at < 10_000; at += 500) {
        const ids = Array.from({ length: 500 }, (_, index) => `CI${String(at + index).padStart(5, '0')}`);
        const events = ids.flatMap((id, index) => [
          started(id, NOON + at + index, '+15550001'),
          ended(id, NOON + at + index + 60_000),
        ]);
        const summaries = ids.map((id, index) =>
          changeBySummary(id, NOON + at + index + 60_000, {
            ...SUMMARY,
            attention: (at + index) % 1000 === 0 ? ['slow'] : [],
          }),
        );
        await many.append(writing.batch(events, {}, summaries));
      }
      const timed = async (run: () => Promise<number>, wanted: number): Promise<number> => {
        const began = performance.now();
        expect(await run()).toBe(wanted);
        return performance.now() - began;
      };
      const took = [
        await timed(async () => (await many.list({ limit: 100 })).calls.length, 100),
        await timed(async () => (await many.list({ limit: 100, needsAttention: true })).calls.length, 10),
        await timed(async () => (await many.list({ limit: 100, endReason: 'bug' })).calls.length, 0),
        await timed(async () => (await many.count({}))[0]?.calls ?? 0, 9_990),
        await timed(
          async () => (await many.digests({ since: NOON, until: NOON + 20_000 }, null, 500)).length,
          500,
        ),
      ];
      expect(Math.max(...took)).toBeLessThan(800);
      await many.close();
      await remove();
    }, 60_000);

    it('lists page by page, each call once, even if several began at one instant', async () => {
      const from = `+1555${calls}`;
      const ids = Array.from({ length: 7 }, (_, index) => `${call}-${index}`);
      await store.append(
        a.batch(ids.map((id, index) => started(id, NOON + Math.floor(index / 3) + 0.5, from))),
      );
      const pages: string[][] = [];
      let cursor: string | null = null;
      do {
        const page = await store.list({ number: from, limit: 3, ...(cursor === null ? {} : { cursor }) });
        pages.push(page.calls.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
      expect(pages.flat()).toEqual(ids.toReversed());
      expect((await store.list({ number: from, limit: 3, cursor: 'made up' })).calls).toHaveLength(3);
    });

    it('erases a call, and refuses later writes about it', async () => {
      await store.append(a.batch([started(call), said(call, NOON + 1, 'secret')], { [call]: RESUME }));
      await store.append(a.batch([started(`${call}x`)]));
      expect(await other.erase(call)).toBe(true);
      await store.append(a.batch([said(call, NOON + 2, 'more'), ended(call, NOON + 3)], { [call]: RESUME }));
      expect(await store.load(call)).toBeNull();
      expect(await eventsOf(call)).toEqual([]);
      expect(await store.claim(call, claimBy(a))).toBeNull();
      expect((await store.list({ limit: 1000 })).calls.map(({ id }) => id)).not.toContain(call);
      expect(await eventsOf(`${call}x`)).toHaveLength(1);
      expect(await store.erase(call)).toBe(false);
      expect(await store.erase('CAnobody')).toBe(false);
    });

    it('removes all calls without a recent write, however many', async () => {
      const old = Array.from({ length: 120 }, (_, index) => `${call}-${index}`);
      const then = 1_000_000_000_000;
      await store.append(a.batch(old.flatMap((id) => [started(id, then), said(id, then + 10, 'old')])));
      await store.append(a.batch([started(call, then), said(call, then + 20, 'lasted longer')]));
      expect(await store.eraseOlderThan(then + 10)).toBe(0);
      expect(await store.eraseOlderThan(then + 11)).toBe(120);
      expect(await eventsOf(`${call}-119`)).toEqual([]);
      expect(await store.load(`${call}-119`)).toBeNull();
      expect(await eventsOf(call)).toHaveLength(2);
    });

    it('a reader with a position misses no event and sees none twice while two processes write', async () => {
      const writers = [a, b].map(async (writing, index) => {
        const place = index === 0 ? store : other;
        for (let n = 0; n < 40; n++) {
          await place.append(
            writing.batch([said(`${call}-${index}`, n, `${n}`), said(`${call}-${index}`, n, 'x')]),
          );
        }
      });
      let isDone = false;
      const written = Promise.all(writers).then(() => (isDone = true));
      const reader = place.open();
      let position = (await reader.eventsAfter(null, 0, 100_000)).at(-1)?.position ?? 0;
      const seen = (await reader.eventsAfter(null, 0, 100_000)).filter((one) => one.position <= position);
      let isLast = false;
      while (!isLast) {
        isLast = isDone;
        const next = await reader.eventsAfter(null, position, 100_000);
        seen.push(...next);
        position = next.at(-1)?.position ?? position;
      }
      await written;
      await reader.close();
      for (const index of [0, 1]) {
        const mine = seen.filter((one) => one.event.callId === `${call}-${index}`);
        expect(mine.map((one) => one.event.at)).toEqual(
          Array.from({ length: 80 }, (_, n) => Math.floor(n / 2)),
        );
      }
    });

    it('five processes that open a new database at once all succeed', async () => {
      const fresh = await place.fresh();
      const stores = Array.from({ length: 5 }, () => fresh.open());
      await Promise.all(stores.map((one) => one.open()));
      await Promise.all(
        stores.map((one, index) => one.append(new Writing(`opener-${index}`).batch([started(call)]))),
      );
      const again = fresh.open();
      expect(await again.eventsAfter(call, 0, 100)).toHaveLength(5);
      for (const one of [...stores, again]) await one.close();
      await fresh.remove();
    });

    it('a closed store refuses queries, and closes twice without harm', async () => {
      const closed = place.open();
      await closed.open();
      await closed.close();
      await closed.close();
      await expect(closed.ping()).rejects.toBeInstanceOf(StoreError);
    });
  });
}
