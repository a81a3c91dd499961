// The thread in which SQLite runs. One question at a time, each a transaction; a failure is an answer, too.
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { Row, Value } from './database.ts';
import { SQLITE_STEPS } from './schema.ts';
import type { Answer, Opening, Question } from './sqlite.ts';

/** How long to wait for another process that is writing. */
const BUSY_MS = 2000;
const BUSY = 5;
/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH. */
const ABOUT_DATA = [18, 19, 20];
/** Most come from the filters of `list`, which are few. */
const MOST_PREPARED = 200;

interface Opened {
  readonly file: DatabaseSync;
  readonly prepared: Map<string, StatementSync>;
}

let path = '';
let opened: Opened | null = null;

parentPort?.on('message', (message: Opening | Question | 'close') => {
  if (message === 'close') {
    closeFile();
    parentPort?.postMessage('closed');
  } else if ('path' in message) ({ path } = message);
  else parentPort?.postMessage(answerTo(message));
});

function answerTo({ id, statements, values }: Question): Answer {
  try {
    opened ??= open();
    return { id, rows: transact(opened, statements, values) };
  } catch (error) {
    const code = codeOf(error);
    const isAboutData = ABOUT_DATA.includes(code & 0xff);
    if (!isAboutData && (code & 0xff) !== BUSY) closeFile();
    return { id, code: code === 0 ? 'SQLITE' : `SQLITE_${code}`, isAboutData };
  }
}

function open(): Opened {
  // Only the relay's user may read calls; SQLite gives its other files the same mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const file = new DatabaseSync(path);
  try {
    file.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    file.exec('PRAGMA journal_mode = WAL');
    // A commit survives the process, though not always a power failure.
    file.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    // Erased data is overwritten, not only unlinked.
    file.exec('PRAGMA secure_delete = ON');
    migrate(file);
  } catch (error) {
    file.close();
    throw error;
  }
  return { file, prepared: new Map() };
}

function migrate(file: DatabaseSync): void {
  file.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(file.prepare('PRAGMA user_version').get()?.['user_version']);
    for (const step of SQLITE_STEPS.slice(version)) file.exec(step);
    if (version < SQLITE_STEPS.length) file.exec(`PRAGMA user_version = ${SQLITE_STEPS.length}`);
    file.exec('COMMIT');
  } catch (error) {
    file.exec('ROLLBACK');
    throw error;
  }
}

function transact(
  { file, prepared }: Opened,
  statements: readonly string[],
  values: readonly Value[],
): Row[] {
  const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
  let rows: Row[] = [];
  const ask = (): void => {
    for (const sql of statements) rows = prepare(file, prepared, sql).all(named);
  };
  // A single statement is a transaction by itself, and a read then waits for no writer.
  if (statements.length < 2) {
    ask();
    return rows;
  }
  file.exec('BEGIN IMMEDIATE');
  try {
    ask();
    file.exec('COMMIT');
  } catch (error) {
    if (file.isTransaction) file.exec('ROLLBACK');
    throw error;
  }
  return rows;
}

function prepare(file: DatabaseSync, prepared: Map<string, StatementSync>, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known !== undefined) return known;
  if (prepared.size >= MOST_PREPARED) prepared.clear();
  const statement = file.prepare(sql);
  statement.setAllowUnknownNamedParameters(true);
  prepared.set(sql, statement);
  return statement;
}

/** After a failure, the next question opens the file again. */
function closeFile(): void {
  try {
    opened?.file.close();
  } catch {
    // It is closed either way.
  }
  opened = null;
}

/** SQLite's error number, the extended one if there is one; 0: not an error of SQLite. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
}
