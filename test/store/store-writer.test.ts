// The writer's timing, on a clock that is stepped. Its store is one in memory, which a test may hold or let fail.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Batch, type CallStore, StoreError } from '../../src/call/call-store.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { StoreWriter } from '../../src/store/store-writer.ts';
import { SteppedClock } from '../support/clock.ts';
import { NOON, said } from './some-calls.ts';

let clock: SteppedClock;
let store: CallStore;
let writer: StoreWriter;
/** When the writer tried to write, in milliseconds from noon, and how many events. */
let tries: [at: number, events: number][];
/** Stands before every write. */
let gate: () => Promise<void>;

beforeEach(() => {
  clock = new SteppedClock(NOON);
  tries = [];
  gate = async () => {};
  store = chooseStore('sqlite::memory:');
  const append = async (batch: Batch): Promise<void> => {
    tries.push([clock.now() - NOON, batch.events.length]);
    await gate();
    await store.append(batch);
  };
  writer = new StoreWriter({
    store: { ...store, append },
    ownerId: 'a',
    clock,
    leaseMs: 5000,
    keepsWords: true,
    bounds: { events: 1000, chars: 100_000, calls: 10 },
    log: () => {},
  });
});

afterEach(async () => {
  gate = async () => {};
  await writer.close(0);
  await store.close();
});

const take = (count: number): void => {
  for (let n = 0; n < count; n++) writer.take(said('CA1', clock.now(), 'x'));
};
/** The store answers in its own time: `ping` is answered behind what was asked before. */
const settle = async (): Promise<void> => {
  await new Promise(setImmediate);
  await store.ping();
  await new Promise(setImmediate);
};

it('gathers for 100 ms from the first event, however many follow', async () => {
  take(1);
  clock.step(60);
  take(1);
  clock.step(39);
  expect(tries).toEqual([]);
  clock.step(1);
  expect(tries).toEqual([[100, 2]]);
  await settle();
  expect(writer.queued).toBe(0);
  expect(clock.waiting).toBe(0);
});

it('does not wait for the rest of a batch that is full, and writes no more than that at once', async () => {
  take(450);
  clock.step(0);
  expect(tries).toEqual([[0, 200]]);
  await settle();
  await settle();
  expect(tries).toEqual([
    [0, 200],
    [0, 200],
  ]);
  expect(writer.queued).toBe(50);
  clock.step(100);
  await settle();
  expect(tries.at(-1)).toEqual([100, 50]);
});

it('writes one batch at a time, and what came meanwhile afterwards', async () => {
  const held = Promise.withResolvers<void>();
  gate = () => held.promise;
  take(1);
  clock.step(100);
  take(2);
  clock.step(1000);
  expect(tries).toEqual([[100, 1]]);
  held.resolve();
  await settle();
  clock.step(100);
  await settle();
  expect(tries).toEqual([
    [100, 1],
    [1200, 2],
  ]);
});

it('tries a store that fails ever more rarely, every 5 s at last, and from the beginning after a success', async () => {
  const fails = async (): Promise<void> => {
    throw new StoreError('DOWN');
  };
  gate = fails;
  take(1);
  for (let step = 0; step < 200; step++) {
    clock.step(100);
    await new Promise(setImmediate);
  }
  expect(tries.map(([at]) => at)).toEqual([100, 300, 700, 1500, 3100, 6300, 11_300, 16_300]);
  expect(writer.state).toBe('down');
  gate = async () => {};
  clock.step(2000);
  await settle();
  expect(writer.state).toBe('ok');
  gate = fails;
  tries = [];
  take(1);
  for (let step = 0; step < 4; step++) {
    clock.step(100);
    await new Promise(setImmediate);
  }
  expect(tries.map(([at]) => at)).toEqual([22_100, 22_300]);
});

it('is behind when half of what may wait does', () => {
  take(500);
  expect(writer.state).toBe('ok');
  take(1);
  expect(writer.state).toBe('behind');
});

it('once it is closed nothing of it is left, though a write fails after that', async () => {
  const held = Promise.withResolvers<void>();
  gate = () => held.promise;
  take(1);
  const left = writer.close(500);
  clock.step(500);
  expect(await left).toBe(1);
  held.reject(new StoreError('DOWN'));
  await new Promise(setImmediate);
  expect(clock.waiting).toBe(0);
});

it('once it is closed nothing more is written, though a write succeeds after that', async () => {
  const held = Promise.withResolvers<void>();
  gate = () => held.promise;
  take(300);
  clock.step(0);
  const left = writer.close(500);
  clock.step(500);
  expect(await left).toBe(300);
  held.resolve();
  await settle();
  expect(tries).toEqual([[0, 200]]);
  expect(clock.waiting).toBe(0);
});
