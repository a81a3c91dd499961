// The store that `DATABASE_URL` names. Opens nothing.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { postgresDatabase } from './sql/postgres.ts';
import { sqlStore, type Store } from './sql/sql-store.ts';
import { sqliteDatabase } from './sql/sqlite.ts';

/** In the working directory, unless `DATABASE_URL` says otherwise. */
const DEFAULT_FILE = 'patchcord.db';
const MEMORY = ':memory:';

/** `databaseUrl` must have no problem. `keepsWords` is for callbacks: StoreWriter redacts calls. */
export function chooseStore(databaseUrl: string, keepsWords = true): Store {
  const database = isPostgres(databaseUrl)
    ? postgresDatabase(databaseUrl)
    : sqliteDatabase(pathOf(databaseUrl));
  return sqlStore(database, keepsWords);
}

/** The file of a SQLite database; null for Postgres, and for one in memory. */
export function fileOf(databaseUrl: string): string | null {
  const path = isPostgres(databaseUrl) ? MEMORY : pathOf(databaseUrl);
  return path === MEMORY ? null : path;
}

/** Whether each process has a database of its own. */
export function isInMemory(databaseUrl: string): boolean {
  return !isPostgres(databaseUrl) && pathOf(databaseUrl) === MEMORY;
}

/** The problem, as the end of a sentence that begins with the variable's name; null if there is none. */
export function problemWithDatabaseUrl(value: string): string | null {
  const folder = dirname(fileOf(value) ?? '.');
  if (!existsSync(folder)) return `names a file in ${folder}, which does not exist. Make that folder first.`;
  if (isPostgres(value) ? hasHost(value) : pathOf(value) !== '') return null;
  // Without the value: it may hold a password.
  return 'must be postgres://user:password@host/database, sqlite: and the path of a file, or empty.';
}

function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(url);
}

/** `?host=` may name the folder of a socket. */
function hasHost(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.hostname !== '' || parsed.searchParams.has('host'));
}

/** '' if it is no path: `sqlite://a.db` would be a host, and options are not supported. */
function pathOf(url: string): string {
  if (url === '') return DEFAULT_FILE;
  const [, path = ''] = /^(?:sqlite|file):(?:\/\/(?=\/))?((?!\/\/)[^?#]+)$/.exec(url) ?? [];
  return path;
}
