// What processes leave for each other in any store: what is to be done with a call, who was first, who is there.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallStore } from '../../src/call/call-store.ts';
import type { CallId } from '../../src/call/call.ts';
import type { Steering } from '../../src/call/steering.ts';
import { ended, LEASE_MS, NOON, started, Writing } from './some-calls.ts';
import type { Place } from './store-contract.ts';

export function describeBetween(kind: CallStore['kind'], makePlace: () => Promise<Place>): void {
  describe(`processes on ${kind}`, () => {
    let place: Place;
    let store: CallStore;
    let other: CallStore;
    let a: Writing;
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
      call = `CA${calls}`;
      a = new Writing(`process-a-${calls}`);
      await store.append(a.batch([started(call)]));
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.remove();
    });

    const note = (text: string): Steering => ({ type: 'note', text });
    const taken = async (ownerId: string, since = NOON, from = store): Promise<Steering[]> =>
      (await from.takeSteerings(ownerId, since)).map(({ steering }) => steering);

    describe('what is to be done with a call', () => {
      it('delivers every kind of steering to the process that has the call, once and in order', async () => {
        const kinds: { [Kind in Steering['type']]: Extract<Steering, { type: Kind }> } = {
          say: { type: 'say', text: 'Grüße, "you" \\ 😀' },
          transfer: { type: 'transfer', to: '+15550009' },
          machine: { type: 'machine', answeredBy: 'machine', isMessageOver: true },
          status: { type: 'status', sid: 'CA9', status: 'callee-busy' },
          note: { type: 'note', text: 'one' },
          'hang-up': { type: 'hang-up' },
        };
        const wanted: Steering[] = Object.values(kinds);
        for (const one of wanted) await other.steer(call, one, NOON);
        expect(await taken('somebody else')).toEqual([]);
        expect(await store.takeSteerings(a.ownerId, NOON)).toEqual(
          wanted.map((steering) => ({ callId: call, steering })),
        );
        expect(await taken(a.ownerId)).toEqual([]);
      });

      it('goes with the call to the process that claims it', async () => {
        await store.steer(call, note('one'), NOON);
        const claim = { ownerId: 'next', now: NOON, leaseUntil: NOON + LEASE_MS, evenFrom: 0 };
        await other.claim(call, claim);
        expect(await taken(a.ownerId)).toEqual([]);
        expect(await taken('next', NOON, other)).toEqual([note('one')]);
      });

      it('is dropped when it is too old or the call is over', async () => {
        await store.append(new Writing('gone').batch([started(`${call}-gone`)]));
        await store.steer(`${call}-gone`, note('sesame'), NOON - 1);
        await store.steer(call, note('old'), NOON - 1);
        await store.steer(call, note('new'), NOON);
        expect(await taken(a.ownerId)).toEqual([note('new')]);
        expect(await place.everyRow()).not.toMatch(/sesame/);
        await store.append(a.batch([ended(call, NOON + 1)]));
        await store.steer(call, note('late'), NOON);
        await store.steer('CAnobody', note('late'), NOON);
        expect(await place.everyRow()).not.toMatch(/late/);
      });

      it('is taken once by processes that ask at once, a hundred at a time', async () => {
        const texts = Array.from({ length: 130 }, (_, index) => `${index}`);
        for (const text of texts) await store.steer(call, note(text), NOON);
        const takers = Array.from({ length: 6 }, (_, index) =>
          taken(a.ownerId, NOON, index % 2 === 0 ? store : other),
        );
        const found = await Promise.all(takers);
        for (const part of found) expect(part.length).toBeLessThanOrEqual(100);
        const all = [...found.flat(), ...(await taken(a.ownerId)), ...(await taken(a.ownerId))];
        const numbers = all.map((one) => (one.type === 'note' ? Number(one.text) : Number.NaN));
        expect(numbers.toSorted((one, two) => one - two)).toEqual(texts.map(Number));
      });
    });

    describe('a key', () => {
      it('returns the first reservation to every later request until it expires', async () => {
        const first = { callId: call, fingerprint: 'one' };
        const later = { callId: `${call}x`, fingerprint: 'two' };
        expect(await store.reserve(call, first, NOON, 1000)).toEqual(first);
        expect(await other.reserve(call, later, NOON + 999, 1000)).toEqual(first);
        expect(await other.reserve(call, later, NOON + 1000, 1000)).toEqual(later);
        expect(await store.reserve(call, first, NOON + 1999, 1000)).toEqual(later);
      });

      it('has one first reservation of many at once', async () => {
        const keys = Array.from({ length: 10 }, (_, index) => `${call}-key-${index}`);
        const given = await Promise.all(
          keys.map((key) =>
            Promise.all(
              Array.from({ length: 6 }, (_, index) =>
                (index % 2 === 0 ? store : other).reserve(
                  key,
                  { callId: `${key}-${index}`, fingerprint: `${index}` },
                  NOON,
                  1000,
                ),
              ),
            ),
          ),
        );
        for (const [first, ...others] of given) expect(others).toEqual(others.map(() => first));
      });

      it('is removed after it expires', async () => {
        await store.reserve(`${call}-old`, { callId: call, fingerprint: 'f' }, NOON, 1000);
        await store.reserve(`${call}-new`, { callId: call, fingerprint: 'f' }, NOON + 999, 1000);
        expect(await place.everyRow()).toContain(`${call}-old`);
        await store.reserve(`${call}-next`, { callId: call, fingerprint: 'f' }, NOON + 1000, 1000);
        expect(await place.everyRow()).not.toContain(`${call}-old`);
        expect(await place.everyRow()).toContain(`${call}-new`);
      });
    });

    describe('who is there', () => {
      /** Of this test: all others left long ago. */
      let now = NOON;
      beforeEach(() => (now += 1_000_000));
      const beat = (ownerId: string, at = 0, isLeaving = false): Promise<number> =>
        store.beat(`${ownerId}-${calls}`, now + at, isLeaving, now + at - 100);

      it('is the count of other processes', async () => {
        expect(await beat('a')).toBe(0);
        expect(await beat('a')).toBe(0);
        expect(await beat('b')).toBe(1);
        expect(await beat('c', 50)).toBe(2);
        expect(await beat('a', 100)).toBe(2);
      });

      it('leaves out processes that are leaving or silent', async () => {
        await beat('a');
        await beat('b', 50);
        expect(await beat('c', 100)).toBe(2);
        expect(await beat('c', 101)).toBe(1);
        expect(await beat('b', 102, true)).toBe(1);
        expect(await beat('c', 103)).toBe(0);
        // One that was on its way is overtaken.
        await beat('b', 104);
        expect(await beat('c', 105)).toBe(0);
      });

      it('forgets a process that is long gone', async () => {
        await beat('gone');
        await beat('there', 100);
        expect(await place.everyRow()).toContain(`gone-${calls}`);
        await beat('there', 101);
        expect(await place.everyRow()).not.toContain(`gone-${calls}`);
      });

      it('lets many processes return at once', async () => {
        const names = Array.from({ length: 12 }, (_, index) => `many-${index}`);
        await Promise.all(names.map((name) => beat(name)));
        const again = names.map((name, index) =>
          (index % 2 === 0 ? store : other).beat(`${name}-${calls}`, now + 500, false, now + 400),
        );
        await Promise.all(again);
        expect(await beat('many-0', 500)).toBe(11);
      });
    });
  });
}
