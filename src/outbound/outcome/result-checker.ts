// Checks results' schemas and agents' answers in a thread, evidence included: a pattern such as `(a+)+$` can run for years, and on
// the main thread all calls would hear it. One task at a time. A task over its time ends with its thread; those that wait
// behind it run in the next one.
import { Worker } from 'node:worker_threads';
import type { Finding } from '../../call/call-result.ts';
import { codeOf } from '../../call/error-code.ts';
import type { Json } from '../../call/json.ts';
import { systemClock } from '../../call/system-clock.ts';
import { threadFile } from '../../call/thread-file.ts';
import type { TranscriptLine } from '../../call/transcript.ts';
import { MOST_LINES } from '../evidence/evidence.ts';
import type { Departure } from './result-schema.ts';
import { problemWithBounds, type ResultSchema } from './schema-bounds.ts';

/**
 * Time in the thread, in ms: for a request's schema, and for all answers of one call together. Real time, whatever clock the
 * calls have, because it bounds work.
 */
const BUDGETS = { schemaMs: 2000, callMs: 4000 };
/** A thread that needs more memory ends, and its task with it. */
const MOST_MB = 128;

export interface SchemaTask {
  readonly type: 'schema';
  readonly schema: ResultSchema;
}

export interface AnswerTask {
  readonly type: 'answer';
  readonly schema: ResultSchema;
  readonly transcript: readonly TranscriptLine[];
  /** As the agent wrote it. */
  readonly text: string;
}

export type TaskOf = SchemaTask | AnswerTask;

/** `departs` without departures: the answer holds no JSON object. */
export type Reading =
  | {
      readonly is: 'fits';
      readonly value: Json;
      readonly findings: readonly Finding[];
      readonly summary: string | null;
    }
  | { readonly is: 'departs'; readonly departures: readonly Departure[] };

export type ThreadMessage =
  | { readonly is: 'begun' }
  | { readonly is: 'compiled'; readonly problem: string | null }
  | { readonly is: 'read'; readonly reading: Reading };

type Done = Exclude<ThreadMessage, { is: 'begun' }> | { readonly is: 'too-costly' };

interface Waiting {
  readonly task: TaskOf;
  readonly budget: { leftMs: number };
  readonly resolve: (done: Done) => void;
}

interface Running extends Waiting {
  begunAt: number | null;
  cancelTimer: () => void;
}

/** One call's checks, which share its time. */
export interface CallChecks {
  /** The problem with the schema; null if there is none. */
  problem(): Promise<string | null>;
  read(text: string): Promise<Reading | { readonly is: 'too-costly' }>;
}

export class ResultChecker {
  readonly #log: (line: string) => void;
  readonly #budgets: typeof BUDGETS;
  readonly #waiting: Waiting[] = [];
  #running: Running | null = null;
  #worker: Worker | null = null;
  #isClosed = false;

  constructor(log: (line: string) => void, budgets = BUDGETS) {
    this.#log = log;
    this.#budgets = budgets;
  }

  /** The end of a sentence that begins with the field's name; null if there is no problem. */
  problemWith(schema: ResultSchema): Promise<string | null> {
    return this.#problem(schema, { leftMs: this.#budgets.schemaMs });
  }

  forCall(schema: ResultSchema, transcript: readonly TranscriptLine[]): CallChecks {
    const budget = { leftMs: this.#budgets.callMs };
    const lines = transcript.slice(0, MOST_LINES);
    return {
      problem: () => this.#problem(schema, budget),
      read: async (text) => {
        const done = await this.#run({ type: 'answer', schema, transcript: lines, text }, budget);
        return done.is === 'read' ? done.reading : { is: 'too-costly' };
      },
    };
  }

  /** What still runs or waits never resolves: its call stays unsettled, for the next process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#running?.cancelTimer();
    this.#running = null;
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #problem(schema: ResultSchema, budget: Waiting['budget']): Promise<string | null> {
    const problem = problemWithBounds(schema);
    if (problem !== null) return problem;
    const done = await this.#run({ type: 'schema', schema }, budget);
    return done.is === 'compiled'
      ? done.problem
      : 'is too costly to check against: use fewer parts and references, and simpler patterns.';
  }

  #run(task: TaskOf, budget: Waiting['budget']): Promise<Done> {
    return new Promise((resolve) => {
      if (this.#isClosed) return;
      if (budget.leftMs <= 0) return resolve({ is: 'too-costly' });
      this.#waiting.push({ task, budget, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      // Only a pending task keeps the process alive.
      this.#worker?.unref();
      return;
    }
    this.#running = { ...next, begunAt: null, cancelTimer: () => {} };
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    worker.postMessage(next.task);
  }

  #start(): Worker {
    const worker = new Worker(threadFile('result-checker-thread', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MB },
    });
    worker.on('message', (message: ThreadMessage) => {
      if (worker !== this.#worker) return;
      if (message.is === 'begun') this.#begun(worker);
      else this.#finish(message);
    });
    worker.on('error', (error) =>
      this.#log(`The thread that checks results ended (${codeOf(error) ?? error.name})`),
    );
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #begun(worker: Worker): void {
    const running = this.#running;
    if (running === null) return;
    running.begunAt = systemClock.now();
    running.cancelTimer = systemClock.after(running.budget.leftMs, () =>
      // After a stall of this thread, the answer may lie there already: it is delivered first.
      setImmediate(() => {
        if (running !== this.#running) return;
        void worker.terminate();
        this.#lost(worker);
      }),
    );
  }

  #lost(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    this.#finish({ is: 'too-costly' });
  }

  #finish(done: Done): void {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    running.cancelTimer();
    if (running.begunAt !== null) running.budget.leftMs -= systemClock.now() - running.begunAt;
    running.resolve(done);
    this.#next();
  }
}
