import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { chooseStore } from '../../../src/store/choose-store.ts';
import { systemClock } from '../../../src/call/system-clock.ts';
import { POSTGRES_STEPS } from '../../../src/store/sql/schema.ts';
import { StoreWriter } from '../../../src/store/store-writer.ts';
import { SteppedClock } from '../../support/clock.ts';
import { aPostgresDatabase } from '../a-postgres.ts';
import { CuttableLine } from '../cuttable-line.ts';
import { AS_TAKEN_OVER, CALL_OF_STEP_ONE, NOON, said, started, Writing } from '../some-calls.ts';
import { describeBetween } from '../between-contract.ts';
import { describeCallbacks } from '../callback-contract.ts';
import { describeOutboundCalls } from '../outbound-contract.ts';
import { describeCounts } from '../count-contract.ts';
import { describeNumberChanges } from '../number-contract.ts';
import { describeToken } from '../token-contract.ts';
import { describeCallStore } from '../store-contract.ts';
import { describeWriterOn, Lines } from '../writer-contract.ts';

type Store = ReturnType<typeof chooseStore>;

const TABLES = ['calls', 'events', 'callbacks', 'steerings', 'reservations', 'processes', 'counts'];

async function everyRowOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    TABLES.map((table) => `SELECT t::text FROM patchcord_${table} t`).join(' UNION ALL '),
  );
  await client.end();
  return JSON.stringify(rows);
}

async function aPlace() {
  const { url, stop: remove } = await aPostgresDatabase();
  const open = (keepsWords?: boolean) => chooseStore(url, keepsWords);
  return { url, open, everyRow: () => everyRowOf(url), remove };
}

const makePlace = async () => ({ ...(await aPlace()), fresh: aPlace });
describeCallStore('postgres', makePlace);
describeOutboundCalls('postgres', makePlace);
describeCallbacks('postgres', makePlace);
describeBetween('postgres', makePlace);
describeCounts('postgres', makePlace);
const freshUrl = async () => {
  const { url, stop } = await aPostgresDatabase();
  onTestFinished(stop);
  return url;
};
describeToken('postgres', freshUrl);
describeNumberChanges('postgres', freshUrl);

describeWriterOn('postgres', async () => {
  const database = await aPostgresDatabase();
  const { line, url } = await CuttableLine.to(database.url);
  const everyRow = (): Promise<string> => everyRowOf(database.url);
  return {
    url,
    fail: () => line.cut(),
    mend: () => line.mend(),
    everythingStored: everyRow,
    everyRow,
    remove: async () => {
      await line.close();
      await database.stop();
    },
  };
});

it('what was written though nobody said so is sent again and written once', async () => {
  const database = await aPostgresDatabase();
  const { line, url } = await CuttableLine.to(database.url);
  const store = chooseStore(url);
  await store.open();
  const lines = new Lines();
  const writer = new StoreWriter({
    store,
    ownerId: 'a',
    clock: systemClock,
    leaseMs: 5000,
    keepsWords: true,
    log: lines.add,
  });
  writer.take(started('CA1'));
  writer.take(said('CA1', NOON + 1, 'one'));
  const swallowed = line.swallowAnswers();
  const flushed = writer.flush();
  await swallowed;
  line.cut();
  await lines.until(/down/);
  writer.take(said('CA1', NOON + 2, 'two'));
  const elsewhere = chooseStore(database.url);
  expect(await elsewhere.eventsAfter('CA1', 0, 10)).toHaveLength(2);
  line.mend();
  await flushed;
  await writer.flush();
  expect((await elsewhere.eventsAfter('CA1', 0, 10)).map((stored) => stored.event.at)).toEqual([
    NOON,
    NOON + 1,
    NOON + 2,
  ]);
  await writer.close(1000);
  await store.close();
  await elsewhere.close();
  await line.close();
  await database.stop();
});

it('reports an unresponsive store as behind, and as back once it answers', async () => {
  const database = await aPostgresDatabase();
  const { line, url } = await CuttableLine.to(database.url);
  const store = chooseStore(url);
  await store.open();
  const clock = new SteppedClock();
  const lines = new Lines();
  const writer = new StoreWriter({
    store,
    ownerId: 'a',
    clock,
    leaseMs: 5000,
    keepsWords: true,
    log: lines.add,
  });
  const swallowed = line.swallowAnswers();
  writer.take(started('CA1'));
  clock.step(99);
  expect(writer.state).toBe('ok');
  clock.step(1);
  await swallowed;
  clock.step(2999);
  expect(writer.state).toBe('ok');
  clock.step(1);
  expect(writer.state).toBe('behind');
  expect(lines.all).toHaveLength(1);
  line.cut();
  await lines.until(/down/);
  line.mend();
  await writer.flush();
  expect(writer.state).toBe('ok');
  expect(lines.all.at(-1)).toContain('back; nothing was lost');
  await writer.close(0);
  expect(clock.waiting).toBe(0);
  await store.close();
  await line.close();
  await database.stop();
});

it('a connection that breaks while nobody uses it is nobody’s trouble', async () => {
  const database = await aPostgresDatabase();
  const { line, url } = await CuttableLine.to(database.url);
  const store = chooseStore(url);
  await store.ping();
  line.cut();
  // Long enough for the broken connection to be noticed.
  const elsewhere = chooseStore(database.url);
  for (let n = 0; n < 5; n++) await elsewhere.ping();
  line.mend();
  await store.ping();
  await store.close();
  await elsewhere.close();
  await line.close();
  await database.stop();
});

it('a call that is erased while somebody is writing of it is erased with what they write', async () => {
  const database = await aPostgresDatabase();
  const store = chooseStore(database.url);
  await store.append(new Writing('a').batch([started('CA1')]));
  const writer = new Client({ connectionString: database.url });
  await writer.connect();
  await writer.query('BEGIN');
  await writer.query(WRITE_SLOWLY);
  const erased = store.erase('CA1');
  let isWaitedFor = false;
  while (!isWaitedFor) {
    const { rows } = await writer.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    isWaitedFor = rows.length > 0;
  }
  await writer.query('COMMIT');
  await writer.end();
  expect(await erased).toBe(true);
  expect(await store.eventsAfter('CA1', 0, 10)).toEqual([]);
  await store.close();
  await database.stop();
});

/** As another process's append, in the middle of it. */
const WRITE_SLOWLY = `
  INSERT INTO patchcord_events (call_id, owner_id, number, at, type, body)
  SELECT 'CA1', 'b', 1, 0, 'caller-said', '{}' FROM pg_advisory_xact_lock(7283002)`;

it.each([
  [
    'a callback',
    (store: Store) =>
      store.addCallback({ id: 'cb', callId: 'CA1', url: 'https://x', body: 'sesame', createdAt: NOON }),
  ],
  ['a steering', (store: Store) => store.steer('CA1', { type: 'say', text: 'sesame' }, NOON)],
])('%s of a call that is being erased at that moment is not kept', async (_name, add) => {
  const { url, open, everyRow, remove } = await aPlace();
  const store = open();
  await store.append(new Writing('a').batch([started('CA1')]));
  const eraser = new Client({ connectionString: url });
  await eraser.connect();
  await eraser.query('BEGIN');
  await eraser.query(`UPDATE patchcord_calls SET erased_at = 1 WHERE id = 'CA1'`);
  let isAdded = false;
  const added = add(store).then(() => (isAdded = true));
  let isWaiting = false;
  while (!isWaiting && !isAdded) {
    const { rows } = await eraser.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
    isWaiting = rows.length > 0;
  }
  await eraser.query('COMMIT');
  await eraser.end();
  await added;
  expect(await everyRow()).not.toContain('sesame');
  await store.close();
  await remove();
});

it('a database of an earlier version is taken over with what is in it', async () => {
  const { url, open, remove } = await aPlace();
  const earlier = new Client({ connectionString: url });
  await earlier.connect();
  await earlier.query(POSTGRES_STEPS[0] ?? '');
  await earlier.query('CREATE TABLE patchcord_schema (version INTEGER NOT NULL)');
  await earlier.query('INSERT INTO patchcord_schema (version) VALUES (1)');
  await earlier.query(CALL_OF_STEP_ONE);
  const store = open();
  expect(await store.load('CA1')).toMatchObject(AS_TAKEN_OVER);
  // The process that does not know of the new columns yet goes on writing.
  await earlier.query(CALL_OF_STEP_ONE.replaceAll('CA1', 'CA2'));
  expect(await store.load('CA2')).toMatchObject({ ...AS_TAKEN_OVER, id: 'CA2', sid: 'CA2' });
  await store.append(new Writing('a').asked('out-1'));
  expect(await store.load('out-1')).toMatchObject({ stage: 'queued' });
  await earlier.end();
  await store.close();
  await remove();
});
