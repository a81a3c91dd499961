// What any store must keep of outbound calls: their stage, their assignment and result, and which of them need a process.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallStage } from '../../src/call/assignment.ts';
import type { CallResult } from '../../src/call/call-result.ts';
import type { CallbackStore } from '../../src/call/callback-store.ts';
import { changeByAssignment, changeBySettling, changeByWishes } from '../../src/call/call-record.ts';
import { assignmentWithoutWords, resultWithoutWords } from '../../src/call/redaction.ts';
import type { CallStore } from '../../src/call/call-store.ts';
import type { CallEventBody, CallId } from '../../src/call/call.ts';
import {
  ASSIGNMENT,
  ended,
  event,
  LEASE_MS,
  NOON,
  placed,
  queued,
  RESUME,
  started,
  Writing,
} from './some-calls.ts';
import type { Place } from './store-contract.ts';

const RESULT: CallResult = {
  is: 'answered',
  value: { zone: 'Grüße', at: [1.5, null, true], first: { nested: 'sesame' } },
  findings: [
    { pointer: '/zone', evidence: [{ line: 3, who: 'caller', text: 'Grüße' }], isSupported: true },
    { pointer: '/at', evidence: [], isSupported: false },
  ],
};

export function describeOutboundCalls(kind: CallStore['kind'], makePlace: () => Promise<Place>): void {
  describe(`outbound calls on ${kind}`, () => {
    let place: Place;
    let store: CallStore & CallbackStore;
    let other: CallStore & CallbackStore;
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
      call = `out-${calls}`;
      a = new Writing(`process-a-${calls}`);
      b = new Writing(`process-b-${calls}`);
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      await place?.remove();
    });

    const happens = (body: CallEventBody, callId = call, who = a): Promise<void> =>
      store.append(who.batch([event(callId, NOON, body)]));
    const stageOf = async (callId = call): Promise<CallStage | undefined> =>
      (await other.load(callId))?.stage;

    it('keeps the whole assignment as it was given', async () => {
      await store.append(a.asked(call));
      expect(await other.load(call)).toEqual({
        id: call,
        sid: null,
        direction: 'outbound',
        from: '+15550002',
        to: '+15550042',
        profile: 'night desk',
        startedAt: NOON,
        lastAt: NOON,
        ended: null,
        holder: { ownerId: a.ownerId, leaseUntil: NOON + LEASE_MS },
        claims: 0,
        resume: null,
        stage: 'queued',
        answeredBy: null,
        assignment: ASSIGNMENT,
        result: null,
        isResultWanted: false,
        isSettled: false,
        summary: null,
        attention: [],
      });
      // The order of names is part of the note to the agent, and of the schema.
      expect(JSON.stringify((await other.load(call))?.assignment)).toBe(JSON.stringify(ASSIGNMENT));
      const bare = { ...ASSIGNMENT, voicemail: null, result: null, callbackUrl: null };
      await store.append(a.batch([], {}, [changeByAssignment(`${call}x`, NOON, bare)]));
      expect(await other.load(`${call}x`)).toMatchObject({ direction: 'outbound', assignment: bare });
    });

    it('never moves a stage back, whether it comes late or together with a later one', async () => {
      await store.append(a.asked(call));
      await happens({ type: 'call-dialled' });
      expect(await stageOf()).toBe('dialling');
      await happens({ type: 'call-answered' });
      for (const type of ['call-rang', 'call-dialled'] as const) await happens({ type });
      expect(await stageOf()).toBe('in-progress');
      await store.append(
        a.batch([event(call, NOON, { type: 'call-rang' }), event(call, NOON, { type: 'call-dialled' })]),
      );
      await store.append(a.batch([queued(call)]));
      expect(await stageOf()).toBe('in-progress');
      await store.append(a.batch([ended(call, NOON + 1)]));
      await happens({ type: 'call-rang' });
      expect(await stageOf()).toBe('ended');
      const others = `${call}x`;
      await store.append(a.batch([event(others, NOON, { type: 'call-rang' })]));
      await store.append(a.batch([queued(others)]));
      expect(await stageOf(others)).toBe('ringing');
    });

    it('keeps who answered; the latest result counts', async () => {
      await store.append(a.asked(call));
      await happens({ type: 'machine-detected', answeredBy: 'unknown' });
      await happens({ type: 'machine-detected', answeredBy: 'machine' });
      await happens({ type: 'call-answered' });
      expect((await other.load(call))?.answeredBy).toBe('machine');
    });

    it('finds a call of either direction by its SID', async () => {
      await store.append(a.asked(call));
      await store.append(a.batch([started(`CA-in-${calls}`)]));
      expect(await other.loadBySid(call)).toBeNull();
      await store.append(a.batch([placed(call, NOON, `CA-out-${calls}`)]));
      expect(await other.loadBySid(`CA-out-${calls}`)).toMatchObject({ id: call, sid: `CA-out-${calls}` });
      expect(await other.loadBySid(`CA-in-${calls}`)).toMatchObject({ id: `CA-in-${calls}` });
      expect(await other.loadBySid(call)).toBeNull();
      expect(await other.loadBySid('CAnobody')).toBeNull();
      await store.erase(call);
      expect(await other.loadBySid(`CA-out-${calls}`)).toBeNull();
    });

    it.each<CallResult>([
      RESULT,
      { is: 'not-reached', why: 'callee-busy' },
      { is: 'failed', problems: ['/zone: must be string'] },
    ])('keeps what came of it, $is, and that it is settled', async (result) => {
      await store.append(a.asked(call));
      await store.append(a.batch([ended(call, NOON + 1)]));
      expect(await other.load(call)).toMatchObject({ result: null, isSettled: false });
      await store.append(a.batch([], {}, [changeBySettling(call, NOON + 2, result)]));
      await happens({ type: 'call-rang' });
      expect(await other.load(call)).toMatchObject({
        result,
        isSettled: true,
        assignment: ASSIGNMENT,
        stage: 'ended',
      });
      expect(JSON.stringify((await other.load(call))?.result)).toBe(JSON.stringify(result));
    });

    it('erases words for good', async () => {
      const without = {
        ...changeBySettling(call, NOON, resultWithoutWords(RESULT)),
        areWordsGone: true,
      } as const;
      await store.append(a.asked(call));
      await store.append(a.batch([], {}, [without]));
      const blank = assignmentWithoutWords(ASSIGNMENT);
      const result = { is: 'answered', value: null, findings: [] };
      expect(await other.load(call)).toMatchObject({ isSettled: true, assignment: blank, result });
      expect((await other.load(call))?.assignment).toEqual(blank);
      await store.append(a.batch([], {}, [changeByAssignment(call, NOON, ASSIGNMENT)]));
      expect((await other.load(call))?.assignment).toEqual(blank);
      const atOnce = `${call}x`;
      const asked = changeByAssignment(atOnce, NOON, ASSIGNMENT);
      await store.append(a.batch([], {}, [asked, { ...without, callId: atOnce }]));
      expect((await other.load(atOnce))?.assignment).toEqual(blank);
    });

    it('lists by stage; an inbound call is in progress until it ends', async () => {
      const number = `+1666${calls}`;
      const steps: CallEventBody[] = [
        { type: 'call-dialled' },
        { type: 'call-rang' },
        { type: 'call-answered' },
      ];
      for (let count = 0; count <= steps.length; count++) {
        const callId = `${call}-${count}`;
        await store.append(a.asked(callId, NOON + count, number));
        await store.append(a.batch(steps.slice(0, count).map((body) => event(callId, NOON, body))));
      }
      await store.append(a.batch([started(`${call}-in`, NOON + 9, number)]));
      await store.append(
        a.batch([started(`${call}-over`, NOON + 10, number), ended(`${call}-over`, NOON + 11)]),
      );
      // Asked for, and no event of it came through yet.
      await store.append(a.batch([], {}, [changeByAssignment(`${call}-new`, NOON + 12, ASSIGNMENT)]));
      const found = async (stage: CallStage, more: object = { number }): Promise<string[]> => {
        const { calls: listed } = await store.list({ stage, limit: 100, ...more });
        for (const one of listed) expect(one.stage).toBe(stage);
        return listed.map(({ id }) => id.slice(call.length + 1));
      };
      expect(await found('queued')).toEqual(['0']);
      expect(await found('dialling')).toEqual(['1']);
      expect(await found('ringing')).toEqual(['2']);
      expect(await found('in-progress')).toEqual(['in', '3']);
      expect(await found('in-progress', { number, direction: 'outbound' })).toEqual(['3']);
      expect(await found('ended')).toEqual(['over']);
      expect(await found('queued', { since: NOON + 12, until: NOON + 13 })).toEqual(['new']);
    });

    describe('whose process is gone', () => {
      const abandoned = async (now: number, limit = 1000): Promise<string[]> =>
        (await other.abandoned(now, limit)).map(({ id }) => id).filter((id) => id.startsWith(`${call}-`));

      it('are found, oldest first, from when nobody holds them until they are settled', async () => {
        for (const n of [3, 1, 2, 4]) await store.append(a.asked(`${call}-${n}`, NOON + n));
        await store.append(a.batch([started(`${call}-in`)], { [`${call}-in`]: RESUME }));
        await store.append(a.batch([ended(`${call}-2`, NOON + 9)]));
        await store.append(a.batch([], {}, [changeBySettling(`${call}-4`, NOON + 9, null)]));
        expect(await abandoned(NOON + LEASE_MS)).toEqual([]);
        const after = NOON + LEASE_MS + 1;
        expect(await abandoned(after)).toEqual([1, 2, 3].map((n) => `${call}-${n}`));
        await store.renew(a.ownerId, [`${call}-1`], after + 1);
        await store.release(`${call}-3`, a.ownerId);
        expect(await abandoned(after)).toEqual([2, 3].map((n) => `${call}-${n}`));
        expect(await abandoned(NOON)).toEqual([`${call}-3`]);
        await store.append(a.batch([], {}, [changeBySettling(`${call}-2`, NOON + 9, null)]));
        await store.erase(`${call}-3`);
        expect(await abandoned(after)).toEqual([]);
      });

      it('are found also if they came in, once they are over and something is wanted of them', async () => {
        for (const n of [1, 2, 3]) await store.append(a.batch([started(`${call}-${n}`, NOON + n)]));
        for (const n of [1, 2])
          await store.append(a.batch([], {}, [changeByWishes(`${call}-${n}`, NOON + n)]));
        for (const n of [2, 3]) await store.append(a.batch([ended(`${call}-${n}`, NOON + 9)]));
        const after = NOON + LEASE_MS + 1;
        expect(await abandoned(after)).toEqual([`${call}-2`]);
        expect(await other.load(`${call}-2`)).toMatchObject({ isResultWanted: true, isSettled: false });
        await store.append(a.batch([], {}, [changeBySettling(`${call}-2`, NOON + 10, null)]));
        expect(await abandoned(after)).toEqual([]);
      });

      it('are found up to the limit, and claimed by one of two processes', async () => {
        for (let n = 0; n < 5; n++) await store.append(a.asked(`${call}-${n}`, NOON - 10 + n));
        const [oldest, ...rest] = await other.abandoned(NOON + LEASE_MS + 1, 2);
        expect([oldest?.id, rest.length]).toEqual([`${call}-0`, 1]);
        const wanting = [a, b].map(({ ownerId }, index) =>
          (index === 0 ? store : other).claim(`${call}-0`, {
            ownerId: `${ownerId}-later`,
            now: NOON + LEASE_MS + 1,
            leaseUntil: NOON + 9 * LEASE_MS,
            evenFrom: null,
          }),
        );
        expect((await Promise.all(wanting)).filter((won) => won !== null)).toHaveLength(1);
      });
    });

    it('erases assignment, result, callbacks and steerings, and takes no more of them', async () => {
      await store.append(a.asked(call));
      await store.append(a.batch([placed(call, NOON, 'CA-sesame')]));
      await store.append(a.batch([], {}, [changeBySettling(call, NOON, RESULT)]));
      const callback = {
        id: `cb-${call}`,
        callId: call,
        url: 'https://sesame',
        body: 'sesame',
        createdAt: NOON,
      };
      await store.addCallback(callback);
      await store.steer(call, { type: 'say', text: 'sesame' }, NOON);
      const key = call.split('').toReversed().join('');
      const reserved = { callId: call, fingerprint: 'of its request' };
      await store.reserve(key, reserved, NOON, 1000);
      expect(await place.everyRow()).toMatch(/sesame/);
      expect(await other.erase(call)).toBe(true);
      const erased = async (): Promise<void> => {
        const rows = await place.everyRow();
        // Its row, which holds nothing else, and the key of its request, which must not place another.
        expect(rows.split(call).length - 1).toBe(2);
        expect(await store.callbacksOf(call)).toEqual([]);
        expect(await store.takeSteerings(a.ownerId, 0)).toEqual([]);
      };
      await erased();
      await store.addCallback({ ...callback, id: `cb-${call}-2` });
      await store.steer(call, { type: 'say', text: 'sesame' }, NOON);
      await store.append(a.asked(call));
      await erased();
      const again = { callId: `${call}x`, fingerprint: 'of its request' };
      expect(await store.reserve(key, again, NOON, 1000)).toEqual(reserved);
    });

    it('removes an old call with everything that refers to it', async () => {
      const then = 1_000_000_000_000;
      await store.append(a.asked(call, then));
      await store.addCallback({
        id: `cb-${call}`,
        callId: call,
        url: 'https://x',
        body: '{}',
        createdAt: then,
      });
      await store.steer(call, { type: 'hang-up' }, then);
      await store.reserve(`key-${call}`, { callId: call, fingerprint: 'f' }, then, 1000);
      expect(await other.eraseOlderThan(then + 1)).toBe(1);
      expect(await place.everyRow()).not.toMatch(new RegExp(`${call}\\b`));
    });
  });
}
