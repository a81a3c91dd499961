// A process that has calls keeps renewing its claim on them, on a clock that is stepped; the store is a real one.
import { LIST_PRICES } from '../../src/call/prices.ts';
import { expect, it } from 'vitest';
import type { CallStore } from '../../src/call/call-store.ts';
import type { CallId } from '../../src/call/call.ts';
import { CallRecords, LEASE_MS } from '../../src/store/call-records.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { NOON, started, Writing } from './some-calls.ts';

function recordsOf(store: CallStore, clock: SteppedClock, onTaken: (callId: CallId) => void): CallRecords {
  return new CallRecords({
    store,
    ownerId: 'a',
    clock,
    keepsWords: true,
    retentionDays: 0,
    prices: LIST_PRICES,
    resumeOf: () => null,
    liveCalls: () => ['CA1', 'CA2'],
    onTaken,
    onSteering: () => {},
    log: () => {},
  });
}

it('[R3] renews the calls three times a lease, and reports one that was taken, until it stops', async () => {
  const store = chooseStore('sqlite::memory:');
  const clock = new SteppedClock(NOON);
  await store.append(new Writing('a').batch([started('CA1'), started('CA2')]));
  await store.claim('CA2', { ownerId: 'b', now: NOON, leaseUntil: NOON + 1, evenFrom: 0 });
  const taken: CallId[] = [];
  let tell = (): void => {};
  const records = recordsOf(store, clock, (callId) => {
    taken.push(callId);
    tell();
  });
  for (let round = 1; round <= 2; round++) {
    const told = new Promise<void>((resolve) => (tell = resolve));
    clock.step(LEASE_MS / 3 - 1);
    expect(taken).toHaveLength(round - 1);
    clock.step(1);
    await told;
    expect(taken).toHaveLength(round);
    expect((await store.load('CA1'))?.holder?.leaseUntil).toBe(clock.now() + LEASE_MS);
  }
  expect(taken).toEqual(['CA2', 'CA2']);
  await records.close();
  expect(clock.waiting).toBe(0);
});

it('leaves no timer when it stops during a query', async () => {
  const store = chooseStore('sqlite::memory:');
  const clock = new SteppedClock(NOON);
  const records = recordsOf(store, clock, () => expect.unreachable());
  await store.append(new Writing('b').batch([started('CA1')]));
  clock.step(LEASE_MS / 3);
  await records.close();
  await new Promise(setImmediate);
  expect(clock.waiting).toBe(0);
});

it('takes no call away when the store fails, and asks again', async () => {
  const down = chooseStore('sqlite:/dev/null/not/a/folder.db');
  const clock = new SteppedClock(NOON);
  let asked = 0;
  let onAsked = (): void => {};
  const renew: CallStore['renew'] = (...all) => {
    asked++;
    onAsked();
    return down.renew(...all);
  };
  const records = recordsOf({ ...down, renew }, clock, () => expect.unreachable());
  clock.step(LEASE_MS);
  expect(asked).toBe(1);
  const again = new Promise<void>((resolve) => (onAsked = resolve));
  // The store answers in its own time; then the next alarm is set.
  await expect(down.ping()).rejects.toThrow();
  clock.step(LEASE_MS);
  await again;
  await records.close();
});
