import { Client } from 'pg';
import { expect, it } from 'vitest';
import { chooseStore } from '../../src/store/choose-store.ts';
import { systemClock } from '../../src/clock.ts';
import { StoreWriter } from '../../src/store/store-writer.ts';
import { SteppedClock } from '../support/clock.ts';
import { aPostgresDatabase } from './a-postgres.ts';
import { CuttableLine } from './cuttable-line.ts';
import { NOON, said, started, Writing } from './some-calls.ts';
import { describeCallStore } from './store-contract.ts';
import { describeWriterOn, Lines } from './writer-contract.ts';

async function aPlace() {
  const { url, stop: remove } = await aPostgresDatabase();
  return { url, open: () => chooseStore(url), remove };
}

describeCallStore('postgres', async () => ({ ...(await aPlace()), fresh: aPlace }));

describeWriterOn('postgres', async () => {
  const database = await aPostgresDatabase();
  const { line, url } = await CuttableLine.to(database.url);
  const everyRow = async (): Promise<string> => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      'SELECT c::text FROM patchcord_calls c UNION ALL SELECT e::text FROM patchcord_events e',
    );
    await client.end();
    return JSON.stringify(rows);
  };
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

it('a store that does not answer is told as behind, and as back when it does', async () => {
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
