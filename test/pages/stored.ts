// A database with calls that were had before the relay of a test started.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Had, writeCalls } from './write-calls.ts';

/** Resolves with the DATABASE_URL; the database goes with the file's tests. */
export async function databaseOf(calls: Iterable<Had>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-pages-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, 'calls.db')}`;
  await writeCalls(url, calls);
  return url;
}
