// One relay process as the primary sees it. A process can be gone, stuck or half started at any moment: nothing here throws
// because of it, and whatever it was asked resolves once it ends.
import type { Worker } from 'node:cluster';
import type { Socket } from 'node:net';
import type {
  Answer,
  Elsewhere,
  FromProcess,
  ProcessState,
  Question,
  ToProcess,
  Upgrade,
} from './messages.ts';
import { stopReading } from './unread.ts';

/** Of which it says how it is each second. */
const SILENT_FOR_S = 20;
const STARTS_WITHIN_S = 90;

export const STANDINGS = ['starting', 'ready', 'not-ready', 'leaving'] as const;

/** Its process ended before it answered. */
export const DIED = Symbol('died');

export interface RelayProcessParts {
  readonly worker: Worker;
  /** Its place among the processes, from 1: what takes over its place has the same. */
  readonly number: number;
  readonly onMessage: (from: RelayProcess, message: FromProcess, socket: Socket | null) => void;
  readonly onExit: (process: RelayProcess, code: number | null, signal: string | null) => void;
}

export class RelayProcess {
  readonly number: number;
  readonly id: number;
  readonly startedAt = performance.now();
  readonly exited: Promise<void>;
  /** null until it has started. */
  state: ProcessState | null = null;
  /** The name by which the records know it; '' until it has started. */
  owner = '';
  /** Where it alone is reached, on this machine; null until it has started. */
  port: number | null = null;
  /** Whether it was told to leave: it gets no new calls. */
  isLeaving = false;
  /** Why it could not start, in its own words. */
  problems: readonly string[] = [];
  readonly #worker: Worker;
  readonly #asked = new Map<number, (answer: Answer | typeof DIED) => void>();
  #questions = 0;
  /** Sockets of the streams that were handed to it and that it has not taken. */
  readonly #handed = new Map<number, Socket>();
  #streams = 0;
  #silentForS = 0;
  #elsewhere = '';
  #isGone = false;

  constructor({ worker, number, onMessage, onExit }: RelayProcessParts) {
    this.#worker = worker;
    this.number = number;
    this.id = worker.id;
    worker.on('error', () => {});
    worker.on('message', (message: FromProcess, socket?: Socket) => {
      if (message.type === 'answer') return this.#asked.get(message.id)?.(message.answer);
      if (message.type === 'state') this.#silentForS = 0;
      onMessage(this, message, socket ?? null);
    });
    this.exited = new Promise((resolve) =>
      worker.once('exit', (code: number | null, signal: string | null) => {
        this.#isGone = true;
        onExit(this, code, signal);
        for (const died of this.#asked.values()) died(DIED);
        for (const id of this.#handed.keys()) this.noteTaken(id);
        resolve();
      }),
    );
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  get hasStarted(): boolean {
    return this.state !== null;
  }

  get standing(): (typeof STANDINGS)[number] {
    if (this.isLeaving) return 'leaving';
    if (this.state === null) return 'starting';
    return this.state.reasons.length === 0 ? 'ready' : 'not-ready';
  }

  /** Whether it takes new calls. */
  get isReady(): boolean {
    return this.standing === 'ready';
  }

  async ask(question: Question): Promise<Answer | typeof DIED> {
    if (this.#isGone) return DIED;
    const id = ++this.#questions;
    try {
      return await new Promise((resolve) => {
        this.#asked.set(id, resolve);
        this.send({ type: 'question', id, question });
      });
    } finally {
      this.#asked.delete(id);
    }
  }

  send(message: ToProcess): void {
    // What it had not read when it died is lost: its `exit` says so.
    if (this.#worker.isConnected()) this.#worker.process.send?.(message, () => {});
  }

  /** `keepOpen`: a socket that Node is to close once it was taken, it leaves open for ever if the process dies first. */
  hand(upgrade: Upgrade, socket: Socket): void {
    const id = ++this.#streams;
    this.#handed.set(id, socket);
    socket.on('error', () => {});
    stopReading(socket);
    const message: ToProcess = { type: 'stream', id, upgrade };
    if (!this.#worker.isConnected()) return this.noteTaken(id);
    this.#worker.process.send?.(message, socket, { keepOpen: true }, (error) => {
      if (error !== null) this.noteTaken(id);
    });
  }

  /** The process has the socket, or is gone. */
  noteTaken(id: number): void {
    this.#handed.get(id)?.destroy();
    this.#handed.delete(id);
  }

  tellElsewhere(elsewhere: Elsewhere): void {
    const text = JSON.stringify(elsewhere);
    if (text === this.#elsewhere) return;
    this.#elsewhere = text;
    this.send({ type: 'elsewhere', elsewhere });
  }

  /**
   * Called once a second. Returns for how long it has said nothing, in seconds, if that is too long. Seconds that this machine
   * slept do not count.
   */
  tick(): number | null {
    this.#silentForS++;
    return this.#silentForS > (this.hasStarted ? SILENT_FOR_S : STARTS_WITHIN_S) ? this.#silentForS : null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#worker.process.kill(signal);
  }
}
