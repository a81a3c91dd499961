// SQLite in a file, for one machine. It runs in a thread of its own: a commit takes half a millisecond, but a checkpoint ten,
// and the wait for another writing process up to BUSY_MS; on the main thread, all calls would hear it.
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../call/call-store.ts';
import { threadFile } from '../../call/thread-file.ts';
import type { Database, Dialect, Row, Value } from './database.ts';

/** A request to the thread; without statements it only opens the file. */
export interface Question {
  readonly id: number;
  readonly statements: readonly string[];
  readonly values: readonly Value[];
}

export type Answer =
  | { readonly id: number; readonly rows: Row[] }
  | { readonly id: number; readonly code: string; readonly isAboutData: boolean };

const DIALECT: Dialect = {
  rows: (value, columns) =>
    `(SELECT ${Object.keys(columns)
      .map((name) => `value ->> '${name}' AS ${name}`)
      .join(', ')} FROM json_each(${value}))`,
  texts: (value) => `json_each(${value})`,
  gate: '',
  waitForGate: null,
  json: (value) => value,
  emptyLog: 'PRAGMA wal_checkpoint(TRUNCATE)',
  keepCall: '',
  skipTaken: '',
};

export function sqliteDatabase(path: string): Database {
  return new SqliteThread(path);
}

class SqliteThread implements Database {
  readonly kind = 'sqlite';
  readonly dialect = DIALECT;
  readonly #path: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #worker: Worker | null = null;
  #asked = 0;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<void> {
    await this.run([], []);
  }

  async run(statements: readonly string[], values: readonly Value[]): Promise<Row[]> {
    if (this.#isClosed) throw new StoreError('CLOSED');
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#asked;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      // Only a pending answer keeps the process alive.
      worker.ref();
      worker.postMessage({ id, statements, values } satisfies Question);
    });
    if ('rows' in answer) return answer.rows;
    throw new StoreError(answer.code, answer.isAboutData);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === null) return;
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    worker.ref();
    // Handled after all earlier questions.
    worker.postMessage('close');
    await exited;
  }

  #start(): Worker {
    const worker = new Worker(threadFile('sqlite-thread', import.meta.url), { workerData: this.#path });
    worker.on('message', (answer: Answer) => {
      const resolve = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) worker.unref();
      resolve?.(answer);
    });
    // A thread that died (memory, a bug) is replaced at the next question.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = null;
      for (const [id, resolve] of this.#waiting) resolve({ id, code: 'THREAD_DIED', isAboutData: false });
      this.#waiting.clear();
    });
    return worker;
  }
}
