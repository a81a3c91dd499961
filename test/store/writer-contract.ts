// The writer over a real store that fails and comes back, and what it then finds written.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import type { CallStore } from '../../src/call/call-store.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { StoreWriter, type StoreWriterParts } from '../../src/store/store-writer.ts';
import { ASSIGNMENT, NOON, RESUME, ended, event, queued, said, started } from './some-calls.ts';

export interface FailingPlace {
  readonly url: string;
  /** From now on the store cannot be written to. */
  fail(): void;
  mend(): void;
  /** Every byte, as near as one gets to it. */
  everythingStored(): Promise<string>;
  everyRow(): Promise<string>;
  remove(): Promise<void>;
}

/** What the writer told, to be waited for. */
export class Lines {
  readonly all: string[] = [];
  #onLine: () => void = () => {};

  readonly add = (line: string): void => {
    this.all.push(line);
    this.#onLine();
  };

  async until(pattern: RegExp): Promise<void> {
    while (!this.all.some((line) => pattern.test(line))) {
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }
}

export function describeWriterOn(kind: string, makePlace: () => Promise<FailingPlace>): void {
  describe.concurrent(`the writer on ${kind}`, () => {
    async function withWriter(
      more: Partial<StoreWriterParts>,
      run: (place: FailingPlace, store: CallStore, writer: StoreWriter, lines: Lines) => Promise<void>,
    ): Promise<void> {
      const place = await makePlace();
      const store = chooseStore(place.url);
      await store.open();
      const lines = new Lines();
      const writer = new StoreWriter({
        store,
        ownerId: 'process-a',
        clock: systemClock,
        leaseMs: 5000,
        keepsWords: true,
        log: lines.add,
        ...more,
      });
      await run(place, store, writer, lines);
      await writer.close(0);
      await store.close();
      await place.remove();
    }

    it('writes what it took, without being asked', async () => {
      await withWriter({}, async (_place, store, writer) => {
        writer.take(started('CA1'));
        writer.keep('CA1', RESUME);
        expect(writer.queued).toBe(1);
        const { promise, resolve } = Promise.withResolvers<void>();
        const look = async (): Promise<void> => {
          if ((await store.eventsAfter('CA1', 0, 10)).length === 1) resolve();
          else void look();
        };
        void look();
        await promise;
        expect((await store.load('CA1'))?.resume).toEqual(RESUME);
        expect(writer.state).toBe('ok');
      });
    });

    it('keeps what happens while the store is away, and writes all of it in order and once', async () => {
      await withWriter({}, async (place, store, writer, lines) => {
        writer.take(started('CA1'));
        await writer.flush();
        place.fail();
        writer.take(said('CA1', NOON + 1, '1'));
        const early = writer.flush();
        await lines.until(/down/);
        expect(writer.state).toBe('down');
        for (let n = 2; n <= 500; n++) writer.take(said('CA1', NOON + n, `${n}`));
        expect(writer.queued).toBe(500);
        place.mend();
        await writer.flush();
        await early;
        const stored = await store.eventsAfter('CA1', 0, 1000);
        expect(stored.map((one) => one.event.at)).toEqual(Array.from({ length: 501 }, (_, n) => NOON + n));
        expect(writer).toMatchObject({ state: 'ok', queued: 0, dropped: 0 });
        expect(lines.all).toHaveLength(2);
        expect(lines.all[1]).toContain('nothing was lost');
      });
    });

    it('loses the oldest when too much waits, counts and tells it, and still knows the call', async () => {
      const bounds = { events: 300, chars: 1_000_000, calls: 100 };
      await withWriter({ bounds }, async (place, store, writer, lines) => {
        place.fail();
        writer.take(started('CA0'));
        void writer.flush();
        await lines.until(/down/);
        writer.take(started('CA1'));
        for (let n = 1; n <= 320; n++) writer.take(said('CA1', NOON + n, `${n}`));
        writer.take(ended('CA1', NOON + 321));
        expect(writer.dropped).toBe(22);
        expect(lines.all.filter((line) => line.includes('being dropped'))).toHaveLength(1);
        place.mend();
        await writer.flush();
        const stored = await store.eventsAfter('CA1', 0, 1000);
        expect(stored.map((one) => one.event.at)).toEqual(
          Array.from({ length: 300 }, (_, n) => NOON + 22 + n),
        );
        expect(await store.load('CA1')).toMatchObject({
          from: '+15550001',
          startedAt: NOON,
          ended: { at: NOON + 321 },
        });
        expect(lines.all.at(-1)).toContain('22 events were lost');
        expect(lines.all.join()).not.toMatch(/\+1555|CA1/);
      });
    });

    it('leaves out the one event that the store would never take', async () => {
      await withWriter({}, async (_place, store, writer, lines) => {
        writer.take(started('CA1'));
        for (let n = 1; n <= 9; n++) writer.take(said('CA1', NOON + n, `${n}`));
        writer.take(started('CA2', Number.NaN));
        writer.take(said('CA1', NOON + 10, '10'));
        await writer.flush();
        expect(await store.eventsAfter('CA1', 0, 100)).toHaveLength(11);
        expect(await store.load('CA2')).toBeNull();
        // The call itself, and its event.
        expect(writer.dropped).toBe(2);
        expect(writer.state).toBe('ok');
        expect(lines.all).toHaveLength(2);
      });
    });

    it('STORE_TRANSCRIPTS=0: no word and no digit reaches the store, but numbers and times do', async () => {
      await withWriter({ keepsWords: false }, async (place, store, writer) => {
        writer.take(started('CA1', NOON, '+15550077'));
        writer.take(said('CA1', NOON + 1, 'sesame'));
        writer.take(event('CA1', NOON + 2, { type: 'digits-pressed', digits: '424242' }));
        writer.take(event('CA1', NOON + 3, { type: 'line-spoken', line: 'greeting', text: 'sesame' }));
        writer.take(event('CA1', NOON + 4, { type: 'turn-started', turnId: 1, text: 'sesame' }));
        writer.take(event('CA1', NOON + 5, { type: 'segment-asked', turnId: 1, text: 'sesame' }));
        writer.take(event('CA1', NOON + 6, { type: 'spoken-otherwise', wanted: 'sesame', spoken: 'sesame' }));
        writer.take(
          event('CA1', NOON + 7, {
            type: 'turn-finished',
            turnId: 1,
            outcome: 'done',
            said: 'sesame',
            heard: 'sesame',
            failure: 'timeout: no text in time',
          }),
        );
        const words = { text: 'sesame open', heard: 'sesame' };
        const agent = { kind: 'model', reference: 'conv_1', history: ['sesame'] };
        writer.keep('CA1', {
          ...RESUME,
          agent,
          speaking: words,
          order: { type: 'transfer', to: '+15550088', summary: 'sesame' },
        });
        await writer.flush();
        writer.take(started('CA2'));
        writer.keep('CA2', { ...RESUME, agent, order: { type: 'send-digits', digits: '424242' } });
        await writer.flush();
        const all = await place.everythingStored();
        expect(all).not.toMatch(/sesame|424242|my cat|open at/);
        expect(all).toMatch(/\+15550077/);
        expect(await store.eventsAfter('CA1', 0, 100)).toHaveLength(8);
        expect(await store.load('CA1')).toMatchObject({
          resume: { agent: { reference: 'conv_1' }, order: { to: '+15550088' } },
        });
      });
    });

    it('STORE_TRANSCRIPTS=0: keeps the words of an outbound call until it is settled', async () => {
      await withWriter({ keepsWords: false }, async (place, store, writer) => {
        writer.keepAssignment('out-1', NOON, ASSIGNMENT);
        writer.take(queued('out-1'));
        await writer.flush();
        expect(await store.load('out-1')).toMatchObject({ assignment: ASSIGNMENT, from: '+15550002' });
        writer.take(ended('out-1', NOON + 1));
        const evidence = [{ line: 0, who: 'caller', text: 'sesame' }] as const;
        const findings = [{ pointer: '/isSesame', evidence, isSupported: true }];
        writer.settle('out-1', NOON + 2, { is: 'answered', value: { isSesame: true }, findings });
        await writer.flush();
        expect(await place.everyRow()).not.toMatch(/sesame/i);
        expect(await store.load('out-1')).toMatchObject({
          isSettled: true,
          result: { is: 'answered', value: null },
          assignment: { ...ASSIGNMENT, task: { type: 'appointment_reminder' }, voicemail: '', result: {} },
        });
      });
    });

    it('keeps assignment and result of a settled outbound call if words may be kept', async () => {
      await withWriter({}, async (_place, store, writer) => {
        const result = { is: 'not-reached', why: 'no-answer' } as const;
        writer.keepAssignment('out-1', NOON, ASSIGNMENT);
        writer.settle('out-1', NOON + 2, result);
        await writer.flush();
        expect(await store.load('out-1')).toMatchObject({ isSettled: true, assignment: ASSIGNMENT, result });
      });
    });

    it('what comes of a call after it was erased leaves no trace, nor does what was there before', async () => {
      await withWriter({}, async (place, store, writer) => {
        writer.take(started('CA1', NOON, '+15550077'));
        writer.take(said('CA1', NOON + 1, 'sesame'));
        writer.keep('CA1', RESUME);
        await writer.flush();
        expect(await place.everyRow()).toMatch(/sesame/);
        await store.erase('CA1');
        writer.take(started('CA1', NOON, '+15550077'));
        writer.take(said('CA1', NOON + 2, 'sesame'));
        writer.keep('CA1', RESUME);
        await writer.flush();
        expect(await place.everyRow()).toMatch(/CA1/);
        expect(await place.everyRow()).not.toMatch(/sesame|1555|night desk|my cat/);
      });
    });

    it('leaves after its time is up, and says how much it leaves behind', async () => {
      await withWriter({}, async (place, _store, writer, lines) => {
        place.fail();
        writer.take(started('CA1'));
        writer.take(said('CA1', NOON + 1, '1'));
        void writer.flush();
        await lines.until(/down/);
        expect(await writer.close(1)).toBe(2);
        writer.take(said('CA1', NOON + 2, '2'));
        expect(writer.queued).toBe(2);
        place.mend();
      });
    });

    it('writes what is left when it is closed', async () => {
      await withWriter({}, async (_place, store, writer) => {
        for (let n = 0; n < 1000; n++) writer.take(said('CA1', NOON + n, `${n}`));
        expect(await writer.close(10_000)).toBe(0);
        expect(await store.eventsAfter('CA1', 0, 2000)).toHaveLength(1000);
      });
    });
  });
}
