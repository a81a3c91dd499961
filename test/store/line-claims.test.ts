import { LIST_PRICES } from '../../src/call/prices.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { StoreError, type CallStore } from '../../src/call/call-store.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';
import { CallRecords } from '../../src/store/call-records.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { LineClaims } from '../../src/store/line-claims.ts';
import { SteppedClock } from '../support/clock.ts';
import { event, NOON, RESUME, started, Writing } from './some-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Two stores on one file, as of two processes. */
function twoStores(): [CallStore, CallStore] {
  const url = `sqlite:${join(folder, `${++files}.db`)}`;
  const stores: [CallStore, CallStore] = [chooseStore(url), chooseStore(url)];
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  return stores;
}

const happened = (body: CallEventBody): CallEvent => event('CA1', NOON, body);
const CONNECTED = happened({ type: 'line-connected', streamId: 'MZ1' });

function claimsOf(store: CallStore, liveCalls: () => readonly CallId[] = () => ['CA1']): LineClaims {
  return new LineClaims({ store, ownerId: 'b', clock: new SteppedClock(NOON), leaseMs: 5000, liveCalls });
}

async function holder(store: CallStore): Promise<string | undefined> {
  return (await store.load('CA1'))?.holder?.ownerId;
}

/** Fails until it is mended. */
function broken(store: CallStore): { store: CallStore; mend: () => void } {
  let isBroken = true;
  return {
    store: {
      ...store,
      load: (callId) => (isBroken ? Promise.reject(new StoreError('DOWN')) : store.load(callId)),
    },
    mend: () => (isBroken = false),
  };
}

it('[R3] makes the process with the stream the holder of its call', async () => {
  const [ours, theirs] = twoStores();
  await theirs.append(new Writing('a').batch([started('CA1')]));
  claimsOf(ours).take(CONNECTED);
  await ours.ping();
  await ours.ping();
  expect(await holder(theirs)).toBe('b');
});

it('[R3] does not insist on a call once its claim is stored', async () => {
  const [ours, theirs] = twoStores();
  await theirs.append(new Writing('a').batch([started('CA1')]));
  const claims = claimsOf(ours);
  expect(claims.insists('CA1')).toBe(false);
  claims.take(CONNECTED);
  await ours.ping();
  await ours.ping();
  await theirs.claim('CA1', { ownerId: 'a', now: NOON, leaseUntil: NOON + 5000, evenFrom: 1 });
  expect(claims.insists('CA1')).toBe(false);
});

it('[R3] claims again once a store that was down is back and names another process', async () => {
  const [ours, theirs] = twoStores();
  await theirs.append(new Writing('a').batch([started('CA1')]));
  const { store, mend } = broken(ours);
  const claims = claimsOf(store);
  claims.take(CONNECTED);
  await ours.ping();
  mend();
  expect(claims.insists('CA1')).toBe(true);
  await ours.ping();
  await ours.ping();
  expect(await holder(theirs)).toBe('b');
  expect(claims.insists('CA1')).toBe(false);
});

it('[R3] keeps a call that no process has written with its stream, even if another process writes it first', async () => {
  const [ours, theirs] = twoStores();
  const claims = claimsOf(ours);
  claims.take(CONNECTED);
  await ours.ping();
  await theirs.append(new Writing('a').batch([started('CA1')]));
  expect(claims.insists('CA1')).toBe(true);
  await ours.ping();
  await ours.ping();
  expect(await holder(theirs)).toBe('b');
});

it('[R3] does not insist on a call once its stream is lost', async () => {
  const [ours] = twoStores();
  const claims = claimsOf(ours);
  claims.take(CONNECTED);
  await ours.ping();
  claims.take(happened({ type: 'line-lost' }));
  expect(claims.insists('CA1')).toBe(false);
});

it('keeps nothing of a call that is over', async () => {
  const [ours] = twoStores();
  const claims = claimsOf(broken(ours).store);
  claims.take(CONNECTED);
  await ours.ping();
  claims.take(happened({ type: 'call-ended', reason: 'caller-hung-up', durationMs: 1 }));
  expect(claims.insists('CA1')).toBe(false);
});

it('keeps nothing of a call that is over before the store fails', async () => {
  const [ours] = twoStores();
  const claims = claimsOf(broken(ours).store, () => []);
  claims.take(CONNECTED);
  await ours.ping();
  expect(claims.insists('CA1')).toBe(false);
});

function recordsOn(store: CallStore, clock: SteppedClock, isHere: boolean): CallRecords {
  return new CallRecords({
    store,
    ownerId: 'b',
    clock,
    keepsWords: true,
    retentionDays: 0,
    prices: LIST_PRICES,
    resumeOf: () => (isHere ? RESUME : null),
    liveCalls: () => [],
    onTaken: () => {},
    onSteering: () => {},
    log: () => {},
  });
}

it('[R3] claims a call of another process that is written only now', async () => {
  const [ours, theirs] = twoStores();
  const clock = new SteppedClock(NOON);
  const asked = recordsOn(ours, clock, false).claim('CA1');
  await ours.ping();
  await theirs.append(new Writing('a').batch([started('CA1')], { CA1: RESUME }));
  clock.step(50);
  expect(await asked).toMatchObject({ is: 'ours', wasLost: true });
});

it('[R3] does not know a call that is not written within a second', async () => {
  const [ours] = twoStores();
  const clock = new SteppedClock(NOON);
  const asked = recordsOn(ours, clock, false).claim('CA1');
  await ours.ping();
  clock.step(1_000);
  expect(await asked).toEqual({ is: 'unknown' });
});

it('[R3] does not claim a call that it already has', async () => {
  const [ours] = twoStores();
  await ours.append(new Writing('b').batch([started('CA1')], { CA1: RESUME }));
  expect(await recordsOn(ours, new SteppedClock(NOON), true).claim('CA1')).toEqual({ is: 'held' });
});
