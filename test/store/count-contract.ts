// What any store must do with counters that several processes share.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CountStore, LimitedCount } from '../../src/call/count-store.ts';
import type { CallStore } from '../../src/call/call-store.ts';
import { NOON } from './some-calls.ts';
import type { Place } from './store-contract.ts';

const UNTIL = NOON + 1000;

export function describeCounts(kind: CallStore['kind'], makePlace: () => Promise<Place>): void {
  describe(`counters on ${kind}`, () => {
    let place: Place;
    let store: CallStore & CountStore;
    let other: CallStore & CountStore;
    let tests = 0;
    beforeAll(async () => {
      place = await makePlace();
      store = place.open();
      other = place.open();
    });
    beforeEach(() => {
      tests++;
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.remove();
    });

    const count = (name: string, points: number, most: number): LimitedCount => ({
      key: `${tests}:${name}`,
      points,
      most,
      keptUntil: UNTIL,
    });
    const take = (from: CountStore, ...counts: LimitedCount[]) => from.takeCounts(counts, NOON);

    it('admits counts up to their limit, over all processes', async () => {
      expect(await take(store, count('a', 3, 5))).toEqual([]);
      expect(await take(other, count('a', 3, 5))).toEqual([count('a', 3, 5).key]);
      expect(await take(other, count('a', 2, 5))).toEqual([]);
      expect(await take(store, count('a', 1, 5))).toEqual([count('a', 1, 5).key]);
      expect(await take(store, count('a', 1, 6))).toEqual([]);
    });

    it('tells what is counted, and counts nothing by that', async () => {
      await take(store, count('a', 3, 5), count('b', 0, 5));
      const keys = ['a', 'b', 'c'].map((name) => count(name, 0, 0).key);
      expect([...(await other.counts(keys))]).toEqual([[keys[0], 3]]);
      expect((await other.counts([])).size).toBe(0);
    });

    it('refuses a first count that is over its limit', async () => {
      expect(await take(store, count('a', 1, 0))).toEqual([count('a', 1, 0).key]);
      expect(await take(store, count('a', 1, 1))).toEqual([]);
    });

    it('takes all counts or none, and names every count that is over', async () => {
      const over = [count('b', 2, 1), count('c', 3, 2)];
      expect(await take(store, count('a', 1, 1), ...over)).toEqual(over.map(({ key }) => key));
      expect(await take(store, count('a', 1, 1), count('b', 1, 1), count('c', 2, 2))).toEqual([]);
    });

    it('adds whatever the limit, and gives back', async () => {
      await store.addCounts([count('a', 7, 0), count('b', 1, 0)]);
      expect(await take(store, count('a', 1, 7))).toHaveLength(1);
      await other.addCounts([count('a', -3, 0)]);
      expect(await take(store, count('a', 3, 7))).toEqual([]);
      expect(await take(store, count('a', 1, 7))).toHaveLength(1);
    });

    it('never admits a sixth of five, however many processes ask at once', async () => {
      const many = 6;
      const processes = Array.from({ length: many }, () => place.open());
      for (let round = 0; round < 5; round++) {
        const asked = processes.flatMap((process) => [
          take(process, count(`hour-${round}`, 1, 5), count(`day-${round}`, 1, 100)),
          take(process, count(`day-${round}`, 1, 100), count(`hour-${round}`, 1, 5)),
        ]);
        const admitted = (await Promise.all(asked)).filter((over) => over.length === 0);
        expect(admitted).toHaveLength(5);
        // The seven that were refused gave back their day.
        expect(await take(store, count(`day-${round}`, 95, 100))).toEqual([]);
        expect(await take(store, count(`day-${round}`, 1, 100))).toHaveLength(1);
      }
      await Promise.all(processes.map((process) => process.close()));
    });

    it('removes a counter once its time is over', async () => {
      await take(store, count('+15550042', 1, 5));
      await store.takeCounts([count('later', 1, 5)], UNTIL - 1);
      expect(await place.everyRow()).toContain(count('+15550042', 1, 5).key);
      await store.takeCounts([{ ...count('next', 1, 5), keptUntil: UNTIL + 1000 }], UNTIL);
      expect(await place.everyRow()).not.toContain(count('+15550042', 1, 5).key);
      expect(await place.everyRow()).toContain(count('next', 1, 5).key);
    });
  });
}
