// One machine with several relay processes behind one port, in place of processes behind a balancer: each can be taken down by
// itself, and its primary brings another. What the primary says of them, it is believed.
import { setTimeout as pause } from 'node:timers/promises';
import { readyProcesses } from './ready-processes.ts';
import { RelayProcess, type RelayProcessParts, type Takeable } from './relay-process.ts';

const LOOK_EVERY_MS = 50;
const ALL_READY_WITHIN_MS = 60_000;

export class Machine {
  readonly #primary: RelayProcess;
  readonly #count: number;
  /** Of the processes, by their places from 1. */
  readonly #pids = new Map<number, number>();
  /** By call, the place of the process that has it. */
  readonly #holders = new Map<string, number>();

  constructor(parts: RelayProcessParts, count: number) {
    this.#count = count;
    this.#primary = new RelayProcess({
      ...parts,
      env: { ...parts.env, PROCESSES: String(count), METRICS_PUBLIC: '1' },
      onLog: (line) => this.#readLog(line),
    });
  }

  /** Where all its processes listen; null while there is none. */
  get url(): string | null {
    return this.#primary.url;
  }

  /** The place, from 1, of the process that began this call or took it up last; null if none has said so yet. */
  holderOf(callId: string): number | null {
    return this.#holders.get(callId) ?? null;
  }

  get processes(): readonly Takeable[] {
    return Array.from({ length: this.#count }, (_, index) => this.#process(index + 1));
  }

  async close(): Promise<void> {
    await this.#primary.close();
  }

  #process(number: number): Takeable {
    const primary = this.#primary;
    return {
      get url() {
        return primary.url;
      },
      get isReady() {
        return primary.isReady;
      },
      ready: () => this.#allReady(),
      signal: async (signal) => {
        const pid = this.#pids.get(number) ?? 0;
        if (pid === 0) return;
        process.kill(pid, signal);
        while (isAlive(pid)) await pause(LOOK_EVERY_MS);
      },
    };
  }

  async #allReady(): Promise<void> {
    const deadline = performance.now() + ALL_READY_WITHIN_MS;
    while ((await this.#readyCount()) < this.#count) {
      if (performance.now() > deadline) throw new Error(`not all ${this.#count} processes became ready`);
      await pause(LOOK_EVERY_MS);
    }
  }

  async #readyCount(): Promise<number> {
    const { url } = this.#primary;
    return url === null ? 0 : readyProcesses(url);
  }

  #readLog(line: string): void {
    const [, pid, number] = /"pid":(\d+).*"process":(\d+).*"msg":"listening"/.exec(line) ?? [];
    if (pid !== undefined) this.#pids.set(Number(number), Number(pid));
    if (!/"msg":"call-(?:started|taken-up)"/.test(line)) return;
    const [, holder] = /"process":(\d+)/.exec(line) ?? [];
    const [, callId] = /"callId":"(\w+)"/.exec(line) ?? [];
    if (callId !== undefined) this.#holders.set(callId, Number(holder));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
