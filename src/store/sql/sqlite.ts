// SQLite in a file, for one machine. It runs in a thread of its own: a commit takes half a millisecond, but a checkpoint ten,
// and the wait for another writing process up to BUSY_MS; on the main thread, all calls would hear it.
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../call/call-store.ts';
import { threadFile } from '../../call/thread-file.ts';
import type { Database, Dialect, Row, Value } from './database.ts';

/** The first message to a thread, and again after 'close'. */
export interface Opening {
  readonly path: string;
}

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

/** Threads whose file was closed, for the next database: to start one takes 60 ms of processor time. */
const spare = new Set<Worker>();

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
  #closed = (): void => {};

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
    this.#worker = null;
    if (worker === null) return;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    worker.ref();
    // Handled after all earlier questions.
    worker.postMessage('close');
    await closed;
  }

  #start(): Worker {
    const [known] = spare;
    const worker = known ?? startThread();
    spare.delete(worker);
    const onMessage = (answer: Answer | 'closed'): void => {
      if (answer === 'closed') {
        worker.off('message', onMessage).off('exit', onExit);
        worker.unref();
        spare.add(worker);
        return this.#closed();
      }
      const resolve = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) worker.unref();
      resolve?.(answer);
    };
    const onExit = (): void => {
      this.#worker = null;
      for (const [id, resolve] of this.#waiting) resolve({ id, code: 'THREAD_DIED', isAboutData: false });
      this.#waiting.clear();
      this.#closed();
    };
    worker.on('message', onMessage).on('exit', onExit);
    worker.postMessage({ path: this.#path } satisfies Opening);
    return worker;
  }
}

function startThread(): Worker {
  const worker = new Worker(threadFile('sqlite-thread', import.meta.url));
  // A thread that died (memory, a bug) is replaced at the next question.
  worker.on('error', () => {});
  worker.on('exit', () => spare.delete(worker));
  return worker;
}
