// The records of a process's calls as its server uses them, on a clock that is stepped; the store is a real one.
import { LIST_PRICES } from '../../src/call/prices.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CallResult } from '../../src/call/call-result.ts';
import { changeByAssignment, type ResumeState } from '../../src/call/call-record.ts';
import { type CallStore, StoreError } from '../../src/call/call-store.ts';
import type { CallEventBody, CallId } from '../../src/call/call.ts';
import { CallRecords, type CallRecordsParts } from '../../src/store/call-records.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { ASSIGNMENT, ended, event, NOON, placed, queued, RESUME, started, Writing } from './some-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
let url: string;
let clock: SteppedClock;
/** As another process has it. */
let elsewhere: CallStore;

beforeEach(() => {
  url = `sqlite:${join(folder, `${++files}.db`)}`;
  clock = new SteppedClock(NOON);
  elsewhere = chooseStore(url);
});
afterEach(async () => {
  await elsewhere.close();
});

/** A process with its own store on the same file. */
function aProcess(ownerId = 'a', more: Partial<CallRecordsParts> = {}): CallRecords {
  const records = new CallRecords({
    store: chooseStore(url),
    ownerId,
    clock,
    keepsWords: true,
    retentionDays: 0,
    prices: LIST_PRICES,
    resumeOf: () => null,
    liveCalls: () => [],
    onTaken: () => {},
    onSteering: () => {},
    log: () => {},
    ...more,
  });
  onTestFinished(async () => {
    await records.close();
  });
  return records;
}

/** All that the store was asked before is answered. */
async function settled(store: CallStore): Promise<void> {
  await store.ping();
  await new Promise(setImmediate);
}

/** A store that answers when it is let. */
function held(store: CallStore): { store: CallStore; letGo: () => void } {
  const gate = Promise.withResolvers<void>();
  const append: CallStore['append'] = async (batch) => {
    await gate.promise;
    await store.append(batch);
  };
  const beat: CallStore['beat'] = async (...asked) => {
    await gate.promise;
    return store.beat(...asked);
  };
  return { store: { ...store, append, beat }, letGo: gate.resolve };
}

const failing = async (): Promise<never> => {
  throw new StoreError('DOWN');
};

describe('an outbound call is dialled only once it is written', () => {
  it('flush resolves once every change is written, even one that arrives during the flush', async () => {
    const records = aProcess();
    records.keepAssignment('out-1', NOON, ASSIGNMENT);
    setImmediate(() => records.take(queued('out-1')));
    expect(await records.flush()).toBe(true);
    expect(await elsewhere.load('out-1')).toMatchObject({ stage: 'queued', assignment: ASSIGNMENT });
  });

  it('and says that it is not when the store takes longer than 2 s', async () => {
    const { store, letGo } = held(chooseStore(url));
    const records = aProcess('a', { store });
    records.take(queued('out-1'));
    const written = records.flush();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    let answer: boolean | null = null;
    void written.then((said) => (answer = said));
    clock.step(1999);
    await new Promise(setImmediate);
    expect(answer).toBeNull();
    clock.step(1);
    expect(await written).toBe(false);
    letGo();
    // It is written all the same, late.
    expect(await records.flush()).toBe(true);
  });

  it('and when it is lost, because the store would never take it', async () => {
    const records = aProcess();
    records.take(queued('out-1', Number.NaN));
    expect(await records.flush()).toBe(false);
    records.take(queued('out-2'));
    expect(await records.flush()).toBe(true);
  });
});

describe('[R3] claiming an outbound call', () => {
  const write = async (bodies: CallEventBody[], resumes = {}): Promise<void> => {
    const asked = changeByAssignment('out-1', NOON, ASSIGNMENT);
    const events = [queued('out-1'), ...bodies.map((body) => event('out-1', NOON, body))];
    await elsewhere.append(new Writing('b').batch(events, resumes, [asked]));
  };
  const known = { id: 'out-1', from: '+15550002', to: '+15550042', carrier: { sid: 'CA9' } };
  const call = { ...known, parameters: {}, outbound: { assignment: ASSIGNMENT } };

  it('with what it is for and the carrier’s name for it', async () => {
    await write([{ type: 'call-placed', sid: 'CA9' }], { 'out-1': RESUME });
    expect(await aProcess().claim('out-1')).toEqual({
      is: 'ours',
      call: { ...call, parameters: RESUME.parameters },
      resume: RESUME,
      wasLost: true,
    });
    expect((await elsewhere.load('out-1'))?.holder?.ownerId).toBe('a');
  });

  it('and begins, where it was not answered before its process died', async () => {
    await write([{ type: 'call-dialled' }, { type: 'call-placed', sid: 'CA9' }]);
    expect(await aProcess().claim('out-1')).toEqual({ is: 'not-begun', call });
  });

  it('by the name under which the carrier asks, where the process died before it wrote that', async () => {
    await write([{ type: 'call-dialled' }]);
    expect(await aProcess().claim('out-1', 'CA9')).toEqual({ is: 'not-begun', call });
    await elsewhere.append(new Writing('a').batch([placed('out-1', NOON, 'CA10')]));
    expect(await aProcess('c').claim('out-1', 'CA9')).toMatchObject({ call: { carrier: { sid: 'CA10' } } });
  });

  it('gives up once the store has kept it waiting for 3 s, and does not take the call from its holder later', async () => {
    await write([{ type: 'call-placed', sid: 'CA9' }], { 'out-1': RESUME });
    const store = chooseStore(url);
    const loading = Promise.withResolvers<void>();
    const load: CallStore['load'] = async (callId) => {
      await loading.promise;
      return store.load(callId);
    };
    const claiming = aProcess('a', { store: { ...store, load } }).claim('out-1');
    clock.step(3_000);
    expect(await claiming).toEqual({ is: 'unknown' });
    loading.resolve();
    for (let round = 0; round < 10; round += 1) {
      await settled(store);
      clock.step(50);
    }
    expect((await elsewhere.load('out-1'))?.holder?.ownerId).toBe('b');
  });

  it('a call that came in has nothing of the kind, and begins nowhere else', async () => {
    await elsewhere.append(new Writing('b').batch([started('CA1'), started('CA2')], { CA2: RESUME }));
    expect(await aProcess().claim('CA1', 'CA1')).toEqual({ is: 'unknown' });
    const known = await aProcess().claim('CA2', 'CA2');
    expect(known).toMatchObject({ is: 'ours', call: { id: 'CA2' } });
    expect(known).not.toHaveProperty('call.outbound');
  });

  it('and not when it is over, though not settled', async () => {
    await write([]);
    await elsewhere.append(new Writing('b').batch([ended('out-1', NOON + 1)]));
    expect(await aProcess().claim('out-1')).toEqual({ is: 'ended', reason: 'caller-hung-up' });
  });
});

it.each([
  [true, ASSIGNMENT.task.prompt, { zone: 'sesame' }],
  [false, '', null],
])('settles an outbound call; words stay: %s', async (keepsWords, prompt, value) => {
  const records = aProcess('a', { keepsWords });
  records.keepAssignment('out-1', NOON, ASSIGNMENT);
  await records.flush();
  const result: CallResult = { is: 'answered', value: { zone: 'sesame' }, findings: [] };
  records.settle('out-1', NOON + 5, result);
  await records.flush();
  expect(await elsewhere.load('out-1')).toMatchObject({
    isSettled: true,
    lastAt: NOON + 5,
    assignment: { task: { prompt } },
    result: { value },
  });
});

describe('what is wanted of a call', () => {
  it('is asked for twice a second, and only while there are calls', async () => {
    const store = chooseStore(url);
    const asked: [at: number, since: number][] = [];
    let live: CallId[] = [];
    const done: unknown[] = [];
    const takeSteerings: CallStore['takeSteerings'] = (ownerId, since) => {
      asked.push([clock.now() - NOON, clock.now() - since]);
      return store.takeSteerings(ownerId, since);
    };
    const records = aProcess('a', {
      store: { ...store, takeSteerings },
      liveCalls: () => live,
      onSteering: (callId, steering) => done.push([callId, steering]),
    });
    records.take(started('CA1'));
    await records.flush();
    await elsewhere.steer('CA1', { type: 'say', text: 'One moment.' }, NOON);
    await elsewhere.steer('CA1', { type: 'hang-up' }, NOON);
    clock.step(500);
    await settled(store);
    expect(asked).toEqual([]);
    live = ['CA1'];
    clock.step(499);
    expect(asked).toEqual([]);
    clock.step(1);
    await settled(store);
    await settled(store);
    expect(asked).toEqual([[1000, 30_000]]);
    expect(done).toEqual([
      ['CA1', { type: 'say', text: 'One moment.' }],
      ['CA1', { type: 'hang-up' }],
    ]);
    clock.step(500);
    await settled(store);
    expect(asked).toHaveLength(2);
    expect(done).toHaveLength(2);
  });

  it('is asked for again where the store failed, and not once the process stops', async () => {
    const store = chooseStore(url);
    let count = 0;
    const takeSteerings = (): Promise<never> => {
      count++;
      return failing();
    };
    const records = aProcess('a', { store: { ...store, takeSteerings }, liveCalls: () => ['CA1'] });
    for (const times of [1, 2]) {
      clock.step(500);
      expect(count).toBe(times);
      await new Promise(setImmediate);
    }
    clock.step(500);
    await records.close();
    expect(count).toBe(3);
    expect(clock.waiting).toBe(0);
  });
});

describe('[R6] an orderly hand-over', () => {
  const write = (resume: Partial<ResumeState>): Promise<void> =>
    elsewhere.append(new Writing('b').batch([started('CA1')], { CA1: { ...RESUME, ...resume } }));

  const looksAgain = async (store: CallStore): Promise<void> => {
    for (let n = 0; n < 10; n++) {
      await settled(store);
      clock.step(50);
    }
  };

  it('the record distinguishes it from a lost lease, though its holder is still named', async () => {
    await write({ isWhole: true });
    const store = chooseStore(url);
    const asked = aProcess('a', { store }).claim('CA1');
    await looksAgain(store);
    expect(await asked).toMatchObject({ is: 'ours', wasLost: false });
  });

  it('[R7] is waited for, because what was heard until the line was closed follows', async () => {
    await write({ isWhole: true, unanswered: null });
    const store = chooseStore(url);
    const asked = aProcess('a', { store }).claim('CA1');
    await settled(store);
    await write({ isWhole: true });
    await elsewhere.release('CA1', 'b');
    await looksAgain(store);
    expect(await asked).toMatchObject({ wasLost: false, resume: { unanswered: RESUME.unanswered } });
  });

  it('[R7] writes down what the next process needs, closes the line, and adds what was heard until then', async () => {
    const a = aProcess();
    a.take(started('CA1'));
    const seen: unknown[] = [];
    const handedOver = a.handOver('CA1', { ...RESUME, unanswered: null }, () => {
      seen.push('closed');
      return RESUME;
    });
    await handedOver;
    const record = await elsewhere.load('CA1');
    expect([seen, record?.holder, record?.resume]).toEqual([['closed'], null, RESUME]);
  });

  it('needs a process that others can see, which it is once its first beat is stored', async () => {
    const slow = held(chooseStore(url));
    const a = aProcess('a', { store: slow.store });
    await new Promise(setImmediate);
    expect(a.isKnown).toBe(false);
    slow.letGo();
    await expect.poll(() => a.isKnown).toBe(true);
    const b = aProcess('b', { store: { ...chooseStore(url), beat: failing } });
    clock.step(4_999);
    expect(b.isKnown).toBe(false);
    clock.step(1);
    expect(b.isKnown).toBe(true);
  });
});

describe('[R2] a process that leaves knows whether others are there', () => {
  it('from the start, every five seconds, until they leave or are silent for twelve', async () => {
    const store = chooseStore(url);
    const b = aProcess('b', { store });
    await settled(store);
    const a = aProcess('a');
    expect(await a.othersAreHere()).toBe(true);
    expect(await b.othersAreHere()).toBe(true);
    await b.close();
    clock.step(12_000);
    expect(await a.othersAreHere()).toBe(true);
    clock.step(1);
    expect(await a.othersAreHere()).toBe(false);
    const otherStore = chooseStore(url);
    const c = aProcess('c', { store: otherStore });
    for (let n = 0; n < 5; n++) {
      clock.step(5000);
      await settled(otherStore);
    }
    expect(await a.othersAreHere()).toBe(true);
    void c.leaving();
    await settled(otherStore);
    expect(await a.othersAreHere()).toBe(false);
    clock.step(5000);
    await settled(otherStore);
    expect(await a.othersAreHere()).toBe(false);
  });

  it('and takes it that there are none where the store does not say within a second, or fails', async () => {
    await elsewhere.beat('b', NOON, false, NOON);
    const slow = held(chooseStore(url));
    const a = aProcess('a', { store: slow.store });
    const asked = a.othersAreHere();
    let answer: boolean | null = null;
    void asked.then((said) => (answer = said));
    clock.step(999);
    await new Promise(setImmediate);
    expect(answer).toBeNull();
    clock.step(1);
    expect(await asked).toBe(false);
    slow.letGo();
    expect(await a.othersAreHere()).toBe(true);
    const down = { ...chooseStore(url), beat: failing };
    expect(await aProcess('c', { store: down }).othersAreHere()).toBe(false);
  });

  it('and nothing of it is left when it has stopped, though the store answers after that', async () => {
    const slow = held(chooseStore(url));
    const a = aProcess('a', { store: slow.store });
    const closed = a.close();
    slow.letGo();
    await closed;
    await new Promise(setImmediate);
    expect(clock.waiting).toBe(0);
  });
});
