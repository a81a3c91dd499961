// A relay's process and its successors: when one ends, for whatever reason, another is started, as a platform does. It gets
// none of our environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** `.js` in the published package. */
const MAIN = fileURLToPath(new URL(`../../src/main${extname(import.meta.url)}`, import.meta.url));
/** A platform takes a moment to notice. */
const RESTART_AFTER_MS = 300;
const LOOK_EVERY_MS = 50;
const ANSWERS_WITHIN_MS = 1_000;
const STARTS_WITHIN_MS = 40_000;
const MOST_TOLD_LINES = 4;

/** What a fault can take down; another comes in its place. */
export interface Takeable {
  /** Where it listens; null while there is none. */
  readonly url: string | null;
  /** What `/ready` said last. */
  readonly isReady: boolean;
  /** Resolves as soon as this process, or the next in its place, takes calls. */
  ready(): Promise<void>;
  /** Resolves once it is gone. */
  signal(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface RelayProcessParts {
  /** What is started; as anybody starts it unless told otherwise. */
  readonly script?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it looks for a `.env`. */
  readonly cwd: string;
  /** What no relay should ever do, in words. */
  readonly onProblem: (problem: string) => void;
  /** Every line of its log. */
  readonly onLog?: (line: string) => void;
}

export class RelayProcess implements Takeable {
  readonly #parts: RelayProcessParts;
  #child: ChildProcess | null = null;
  #url: string | null = null;
  #isReady = false;
  /** `/ready`'s last answer. */
  #said = 'it never answered';
  #isClosed = false;
  /** Whether it was told to end, or killed. */
  #isDoomed = false;
  #onReady: () => void = () => {};
  readonly #looking: Promise<void>;

  constructor(parts: RelayProcessParts) {
    this.#parts = parts;
    this.#start();
    this.#looking = this.#look();
  }

  get url(): string | null {
    return this.#url;
  }

  get isReady(): boolean {
    return this.#url !== null && this.#isReady;
  }

  async ready(): Promise<void> {
    if (this.isReady) return;
    const late = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => (this.#onReady = resolve)),
      pause(STARTS_WITHIN_MS, null, { signal: late.signal }).then(() => {
        throw new Error(`a relay did not become ready within ${STARTS_WITHIN_MS} ms: ${this.#said}`);
      }),
    ]);
    late.abort();
  }

  async signal(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#isDoomed = true;
    if (signal === 'SIGKILL') this.#isReady = false;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking;
    await this.signal('SIGKILL');
  }

  #start(): void {
    const { script = MAIN, env, cwd, onProblem } = this.#parts;
    const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#said = 'it never answered';
    this.#isDoomed = false;
    // An exit of ours must not leave it behind.
    const abandon = (): void => void child.kill('SIGKILL');
    process.once('exit', abandon);
    createInterface({ input: child.stdout }).on('line', (line) => this.#readLog(line));
    let toldLines = 0;
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line !== '' && toldLines++ < MOST_TOLD_LINES) onProblem(`a relay wrote: ${line}`);
    });
    child.once('exit', (code, signal) => {
      process.off('exit', abandon);
      this.#child = null;
      this.#url = null;
      this.#isReady = false;
      const how = code === null ? String(signal) : String(code);
      if (!this.#isDoomed || (how !== '0' && how !== 'SIGKILL')) onProblem(`a relay ended with ${how}`);
      if (!this.#isClosed) setTimeout(() => this.#restart(), RESTART_AFTER_MS);
    });
  }

  #restart(): void {
    if (!this.#isClosed) this.#start();
  }

  #readLog(line: string): void {
    this.#parts.onLog?.(line);
    const listening = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1];
    if (listening !== undefined) this.#url = `http://127.0.0.1:${listening}`;
    if (/"(?:msg|type)":"bug-found"/.test(line)) this.#parts.onProblem(`a relay has a bug: ${line}`);
  }

  async #look(): Promise<void> {
    while (!this.#isClosed) {
      const url = this.#url;
      const isReady = url !== null && (await this.#isReadyAt(url));
      if (url === this.#url) this.#isReady = isReady;
      if (this.isReady) this.#onReady();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #isReadyAt(url: string): Promise<boolean> {
    try {
      const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
      this.#said = await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }
}
