import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { changeBySettling } from '../../../src/call/call-record.ts';
import { chooseStore } from '../../../src/store/choose-store.ts';
import { AS_TAKEN_OVER, ASSIGNMENT, CALL_OF_STEP_ONE, NOON, Writing, said, started } from '../some-calls.ts';
import { SQLITE_STEPS } from '../../../src/store/sql/schema.ts';
import { describeBetween } from '../between-contract.ts';
import { describeCallbacks } from '../callback-contract.ts';
import { describeOutboundCalls } from '../outbound-contract.ts';
import { describeCounts } from '../count-contract.ts';
import { describeNumberChanges } from '../number-contract.ts';
import { describeToken } from '../token-contract.ts';
import { describeCallStore } from '../store-contract.ts';
import { describeWriterOn } from '../writer-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TABLES = ['calls', 'events', 'callbacks', 'steerings', 'reservations', 'processes', 'counts'];

async function everyRowOf(path: string): Promise<string> {
  const file = new DatabaseSync(path);
  const rows = TABLES.map((table) => file.prepare(`SELECT * FROM patchcord_${table}`).all());
  file.close();
  return JSON.stringify(rows);
}

let files = 0;
function aFile() {
  const path = join(folder, `${++files}.db`);
  const open = (keepsWords?: boolean) => chooseStore(`sqlite:${path}`, keepsWords);
  return { path, open, everyRow: () => everyRowOf(path), remove: async () => {} };
}

const makePlace = async () => ({ ...aFile(), fresh: async () => aFile() });
describeCallStore('sqlite', makePlace);
describeOutboundCalls('sqlite', makePlace);
describeCallbacks('sqlite', makePlace);
describeBetween('sqlite', makePlace);
describeCounts('sqlite', makePlace);
describeToken('sqlite', async () => `sqlite:${aFile().path}`);
describeNumberChanges('sqlite', async () => `sqlite:${aFile().path}`);

describeWriterOn('sqlite', async () => {
  const inside = join(folder, `later-${++files}`);
  const path = join(inside, 'calls.db');
  mkdirSync(inside);
  let isLocked: DatabaseSync | null = null;
  return {
    url: `sqlite:${path}`,
    fail: () => {
      // Another process writes, and does not stop.
      isLocked = new DatabaseSync(path);
      isLocked.exec('BEGIN IMMEDIATE');
    },
    mend: () => {
      isLocked?.exec('ROLLBACK');
      isLocked?.close();
    },
    everythingStored: async () =>
      readdirSync(inside)
        .map((name) => readFileSync(join(inside, name), 'latin1'))
        .join(''),
    everyRow: () => everyRowOf(path),
    remove: async () => {},
  };
});

it('nobody else on the machine may read the file', async () => {
  const { path, open } = aFile();
  const store = open();
  await store.append(new Writing('a').batch([started('CA1')]));
  for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o077).toBe(0);
  await store.close();
});

it('what was erased is not in the file any more, once that is closed', async () => {
  const { path, open } = aFile();
  const store = open();
  const words = Array.from({ length: 50 }, (_, index) => said('CA1', NOON + index, 'sesame '.repeat(100)));
  await store.append(new Writing('a').batch([started('CA1'), ...words]));
  await store.append(new Writing('b').batch([started('CA2')]));
  await store.erase('CA1');
  await store.close();
  expect(readFileSync(path, 'latin1')).toContain('CA2');
  expect(readFileSync(path, 'latin1')).not.toContain('sesame');
});

describe('while the file is in use, words are in none of its files', () => {
  const bytesOf = (path: string): string =>
    [path, `${path}-wal`].map((name) => readFileSync(name, 'latin1')).join('');

  async function withWords(keepsWords: boolean) {
    const { path, open } = aFile();
    const store = open(keepsWords);
    const writing = new Writing('a');
    await store.append(writing.batch([started('CA1'), said('CA1', NOON, 'sesame')]));
    await store.append(writing.batch([started('CA2')]));
    expect(bytesOf(path)).toContain('sesame');
    onTestFinished(() => store.close());
    return { store, writing, bytes: () => bytesOf(path) };
  }

  it('after a call was erased', async () => {
    const { store, bytes } = await withWords(true);
    await store.erase('CA1');
    expect(bytes()).not.toContain('sesame');
  });

  it('after old calls were deleted', async () => {
    const { store, bytes } = await withWords(true);
    await store.eraseOlderThan(NOON + 1_000_000);
    expect(bytes()).not.toContain('sesame');
  });

  it('after an outbound call was settled, if words may not be kept', async () => {
    const { store, writing, bytes } = await withWords(false);
    await store.erase('CA1');
    await store.append(writing.asked('CO1'));
    expect(bytes()).toContain(ASSIGNMENT.task.prompt);
    const settled = changeBySettling('CO1', NOON, null);
    await store.append(writing.batch([], {}, [{ ...settled, areWordsGone: true }]));
    expect(bytes()).not.toContain(ASSIGNMENT.task.prompt);
  });

  it('after a callback was delivered, if words may not be kept', async () => {
    const { store, bytes } = await withWords(false);
    await store.erase('CA1');
    const url = 'https://ann.example/';
    await store.addCallback({ id: 'b1', callId: 'CA2', url, body: 'open barley', createdAt: NOON });
    expect(bytes()).toContain('open barley');
    await store.noteAttempt('b1', { nextAt: null, deliveredAt: NOON, lastProblem: null });
    expect(bytes()).not.toContain('open barley');
  });
});

it('a file that cannot be opened is tried again, and what came of it is a code', async () => {
  const path = join(folder, 'not-there-yet', 'calls.db');
  const store = chooseStore(`sqlite:${path}`);
  await expect(store.open()).rejects.toMatchObject({ name: 'StoreError', isAboutData: false });
  mkdirSync(join(folder, 'not-there-yet'));
  await store.append(new Writing('a').batch([started('CA1'), said('CA1', NOON, 'hello')]));
  expect(await store.eventsAfter('CA1', 0, 10)).toHaveLength(2);
  await store.close();
});

it('writing does not hold up the thread that audio is on, even while another process holds the file', async () => {
  const { path, open } = aFile();
  const store = open();
  await store.open();
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const events = Array.from({ length: 200 }, (_, index) => said('CA1', NOON + index, 'word '.repeat(60)));
  const batch = new Writing('a').batch(events);
  const before = performance.eventLoopUtilization();
  const written = store.append(batch);
  const turns = Promise.withResolvers<void>();
  let count = 0;
  const turn = (): void => void (++count < 100 ? setImmediate(turn) : turns.resolve());
  turn();
  await turns.promise;
  expect(performance.eventLoopUtilization(before).active).toBeLessThan(500);
  other.exec('ROLLBACK');
  other.close();
  await written;
  await store.close();
});

it('a file of an earlier version is taken over with what is in it', async () => {
  const { path, open } = aFile();
  const earlier = new DatabaseSync(path);
  earlier.exec(`${SQLITE_STEPS[0] ?? ''}; PRAGMA user_version = 1; ${CALL_OF_STEP_ONE}`);
  earlier.close();
  const store = open();
  expect(await store.load('CA1')).toMatchObject(AS_TAKEN_OVER);
  await store.append(new Writing('a').asked('out-1'));
  expect(await store.load('out-1')).toMatchObject({ stage: 'queued' });
  await store.close();
});
