// What any store must do with callbacks. Two of them on the same data stand for two processes.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Callback, CallbackState, CallbackStore } from '../../src/call/callback-store.ts';
import type { CallStore } from '../../src/call/call-store.ts';
import type { CallId } from '../../src/call/call.ts';
import { NOON, Writing } from './some-calls.ts';
import type { Place } from './store-contract.ts';

const A_WHILE_MS = 30_000;

export function describeCallbacks(kind: CallStore['kind'], makePlace: () => Promise<Place>): void {
  describe(`callbacks on ${kind}`, () => {
    let place: Place;
    let store: CallStore & CallbackStore;
    let other: CallStore & CallbackStore;
    let calls = 0;
    /** Of this test. */
    let call: CallId;

    beforeAll(async () => {
      place = await makePlace();
      store = place.open();
      other = place.open();
    });
    beforeEach(async () => {
      calls++;
      call = `out-${calls}`;
      await store.append(new Writing(`process-${calls}`).asked(call));
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.remove();
    });

    const callback = (name: string, more: Partial<Callback> = {}): Callback => ({
      id: `${call}-${name}`,
      callId: call,
      url: 'https://shop.example/calls?a=1',
      body: `{ "b":1.50,  "a":"Grüße \\u0000" }`,
      createdAt: NOON,
      ...more,
    });
    const due = async (now: number, limit = 1000, from = store): Promise<string[]> => {
      const taken = await from.takeDueCallbacks(now, now + A_WHILE_MS, limit);
      return taken.filter(({ id }) => id.startsWith(`${call}-`)).map(({ id }) => id.slice(call.length + 1));
    };
    const states = async (): Promise<CallbackState[]> => other.callbacksOf(call);
    const delivered = (name: string, at: number): Promise<void> =>
      store.noteAttempt(`${call}-${name}`, { nextAt: null, deliveredAt: at, lastProblem: null });

    it('keeps a callback to the letter, once, and gives it out when it is due', async () => {
      const one = callback('one');
      await store.addCallback(one);
      await other.addCallback({ ...one, body: 'another' });
      const fresh = { ...one, attempts: 0, nextAt: NOON, deliveredAt: null, lastProblem: null };
      expect(await states()).toEqual([fresh]);
      expect(await due(NOON - 1)).toEqual([]);
      expect(await other.takeDueCallbacks(NOON, NOON + A_WHILE_MS, 1000)).toContainEqual({
        ...fresh,
        nextAt: NOON + A_WHILE_MS,
      });
    });

    it('leaves what was taken alone until its time is up, and then gives it out again', async () => {
      await store.addCallback(callback('one'));
      expect(await due(NOON)).toEqual(['one']);
      expect(await due(NOON + A_WHILE_MS - 1, 1000, other)).toEqual([]);
      expect(await due(NOON + A_WHILE_MS, 1000, other)).toEqual(['one']);
    });

    it('counts attempts and says what came of them; what was given up or delivered is not due again', async () => {
      await store.addCallback(callback('bad'));
      await store.noteAttempt(`${call}-bad`, { nextAt: NOON + 5, deliveredAt: null, lastProblem: '500' });
      expect(await states()).toMatchObject([{ attempts: 1, nextAt: NOON + 5, lastProblem: '500' }]);
      expect(await due(NOON + 4)).toEqual([]);
      expect(await due(NOON + 5)).toEqual(['bad']);
      await store.noteAttempt(`${call}-bad`, { nextAt: null, deliveredAt: null, lastProblem: 'TIMEOUT' });
      await store.addCallback(callback('good'));
      expect(await due(NOON + A_WHILE_MS)).toEqual(['good']);
      await delivered('good', NOON + 9);
      expect(await states()).toMatchObject([
        { attempts: 2, nextAt: null, deliveredAt: null, lastProblem: 'TIMEOUT' },
        { attempts: 1, nextAt: null, deliveredAt: NOON + 9, lastProblem: null },
      ]);
      expect(await due(NOON + 9 * A_WHILE_MS)).toEqual([]);
      // Another process was at it as well, and was told less.
      await other.noteAttempt(`${call}-good`, { nextAt: NOON, deliveredAt: null, lastProblem: '504' });
      expect((await states())[1]).toMatchObject({ attempts: 1, nextAt: null, deliveredAt: NOON + 9 });
    });

    it('those of one call go out one after another, as they were added, however long the first takes', async () => {
      for (const name of ['1', '2', '3'])
        await store.addCallback(callback(name, { createdAt: NOON - Number(name) }));
      expect(await due(NOON)).toEqual(['1']);
      expect(await due(NOON)).toEqual([]);
      await store.noteAttempt(`${call}-1`, { nextAt: NOON + 50, deliveredAt: null, lastProblem: '503' });
      expect(await due(NOON + 49)).toEqual([]);
      expect(await due(NOON + 50)).toEqual(['1']);
      await delivered('1', NOON + 51);
      expect(await due(NOON + 51)).toEqual(['2']);
      await store.noteAttempt(`${call}-2`, { nextAt: null, deliveredAt: null, lastProblem: '410' });
      expect(await due(NOON + 52)).toEqual(['3']);
      expect((await states()).map(({ id }) => id)).toEqual(['1', '2', '3'].map((name) => `${call}-${name}`));
    });

    it('gives out the oldest first, no more than was asked for, of several calls side by side', async () => {
      // What earlier tests left is not due for a while.
      await store.takeDueCallbacks(NOON, NOON + A_WHILE_MS, 1000);
      const names = ['c', 'a', 'b', 'd'];
      for (const name of names) {
        await store.append(new Writing(`process-${call}-${name}`).asked(`${call}-${name}`));
        await store.addCallback(callback(name, { callId: `${call}-${name}` }));
      }
      expect(await due(NOON, 3)).toEqual(['c', 'a', 'b']);
      expect(await due(NOON, 3)).toEqual(['d']);
    });

    it('of many at once that take, exactly one gets each', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `${index}`);
      const writing = new Writing(`process-${call}-many`);
      for (const name of names) {
        await store.append(writing.asked(`${call}-${name}`));
        await store.addCallback(callback(name, { callId: `${call}-${name}` }));
        await store.addCallback(callback(`${name}-second`, { callId: `${call}-${name}` }));
      }
      const takers = Array.from({ length: 8 }, (_, index) => due(NOON, 9, index % 2 === 0 ? store : other));
      const taken = (await Promise.all(takers)).flat();
      taken.push(...(await due(NOON)));
      expect(taken.toSorted()).toEqual(names.toSorted());
    });

    it('says of a call that is not written yet that it is not', async () => {
      await expect(store.addCallback(callback('x', { callId: 'out-nobody' }))).rejects.toMatchObject({
        name: 'StoreError',
        code: 'UNKNOWN_CALL',
        isAboutData: false,
      });
    });

    it('where no words may be kept, what was told is gone once nobody is to be told', async () => {
      const wordless = place.open(false);
      for (const name of ['1', '2']) await wordless.addCallback(callback(name));
      await wordless.noteAttempt(`${call}-1`, { nextAt: NOON + 1, deliveredAt: null, lastProblem: '500' });
      expect((await states())[0]?.body).toBe(callback('1').body);
      await wordless.noteAttempt(`${call}-1`, { nextAt: null, deliveredAt: NOON + 2, lastProblem: null });
      await wordless.noteAttempt(`${call}-2`, { nextAt: null, deliveredAt: null, lastProblem: '410' });
      expect((await states()).map(({ body }) => body)).toEqual(['', '']);
      await wordless.close();
    });
  });
}
