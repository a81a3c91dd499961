import { expect, it } from 'vitest';
import type { CallId } from '../../src/call/call.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { keepLeases } from '../../src/store/leases.ts';
import { SteppedClock } from '../support/clock.ts';
import { NOON, started, Writing } from './some-calls.ts';

const LEASE_MS = 6000;

it('[R3] renews the calls three times a lease, and reports one that was taken, until it stops', async () => {
  const store = chooseStore('sqlite::memory:');
  const clock = new SteppedClock(NOON);
  const live = ['CA1', 'CA2'];
  await store.append(new Writing('a').batch([started('CA1'), started('CA2')]));
  await store.claim('CA2', { ownerId: 'b', now: NOON, leaseUntil: NOON + 1, evenFrom: 0 });
  const taken: CallId[] = [];
  let tell = (): void => {};
  const stop = keepLeases({
    store,
    ownerId: 'a',
    clock,
    leaseMs: LEASE_MS,
    liveCalls: () => live,
    onTaken: (callId) => {
      taken.push(callId);
      tell();
    },
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
  stop();
  expect(clock.waiting).toBe(0);
  await store.close();
});

it('leaves no timer when it stops during a query', async () => {
  const store = chooseStore('sqlite::memory:');
  const clock = new SteppedClock(NOON);
  const onTaken = (): void => expect.unreachable();
  const stop = keepLeases({
    store,
    ownerId: 'a',
    clock,
    leaseMs: LEASE_MS,
    liveCalls: () => ['CA1'],
    onTaken,
  });
  await store.append(new Writing('b').batch([started('CA1')]));
  clock.step(LEASE_MS / 3);
  stop();
  await store.ping();
  await store.ping();
  await new Promise(setImmediate);
  expect(clock.waiting).toBe(0);
  await store.close();
});

it('takes no call away when the store fails, and asks again', async () => {
  const store = chooseStore('sqlite:/dev/null/not/a/folder.db');
  const clock = new SteppedClock(NOON);
  let asked = 0;
  let onAsked = (): void => {};
  const stop = keepLeases({
    store,
    ownerId: 'a',
    clock,
    leaseMs: LEASE_MS,
    liveCalls: () => {
      asked++;
      onAsked();
      return ['CA1'];
    },
    onTaken: () => expect.unreachable(),
  });
  clock.step(LEASE_MS);
  expect(asked).toBe(1);
  const again = new Promise<void>((resolve) => (onAsked = resolve));
  // The store answers in its own time; then the next alarm is set.
  await expect(store.ping()).rejects.toThrow();
  clock.step(LEASE_MS);
  await again;
  stop();
  await store.close();
});
