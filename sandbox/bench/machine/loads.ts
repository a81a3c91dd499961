// Measures the floor and the relay by turns, in the same minutes: both are up with the same calls, and while the frames of
// one flow, the other stands still. Whatever else the machine does falls on both, and each round gives one ratio.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spreadOf } from '../figures.ts';
import type { Usage } from '../meter.ts';
import { startSubject, type Subject } from '../subject.ts';
import { Calls } from './calls.ts';
import { type LeanFarEnds, startLeanFarEnds } from './lean-far-ends.ts';

export const DESIGNS = ['floor', 'relay'] as const;
export type Design = (typeof DESIGNS)[number];

const SCRIPTS: Readonly<Record<Design, string>> = {
  floor: fileURLToPath(new URL('../floor.ts', import.meta.url)),
  relay: fileURLToPath(new URL('../../../src/main.ts', import.meta.url)),
};

export interface Load {
  readonly calls: number;
  /** Each caller begins a turn every five seconds, or nobody speaks. */
  readonly isTalking: boolean;
}

/** What one design did in one round. */
export interface Window {
  readonly cpuMsPerCallSecond: number;
  readonly upP99Ms: number | null;
  /** Of the first segment of each reply; null where nobody spoke. */
  readonly downP99Ms: number | null;
  readonly longCollections: number;
  readonly longestCollectionMs: number;
  readonly loopLateP99Ms: number;
  readonly loopLateMaxMs: number;
  readonly kilobytesPerCall: number;
  /** Cores that the far ends used: near one, they were measured and not the design. */
  readonly farEndCores: number;
}

export interface Start {
  readonly upMs: number[];
  idleMegabytes: number;
}

export interface Totals {
  readonly frames: number;
  readonly lost: number;
  readonly broken: number;
  readonly turns: number;
  readonly answered: number;
}

export interface Running {
  readonly subject: Subject;
  readonly calls: Calls;
  readonly idle: Usage;
}

/** Until the first frames have gone their way, or, where callers talk, until all are in the midst of it. */
const LEAD_MS = { quiet: 500, talking: 4000 } as const;
const WINDOW_MS = { quiet: 2500, talking: 4000 } as const;
const WARM_UP_MS = 6000;
/** Beyond the last fixed line, which the relay has spoken at its start. */
const IDLES_AFTER_MS = 1000;

export class Loads {
  readonly starts: Readonly<Record<Design, Start>> = {
    floor: { upMs: [], idleMegabytes: 0 },
    relay: { upMs: [], idleMegabytes: 0 },
  };
  readonly #farEnds: LeanFarEnds;
  /** As in the image, where it comes filled. */
  readonly #compileCache = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  readonly #running = new Map<Design, Running>();

  private constructor(farEnds: LeanFarEnds) {
    this.#farEnds = farEnds;
  }

  static async open(): Promise<Loads> {
    return new Loads(await startLeanFarEnds());
  }

  /** How long each takes to be up, `times` times; the first start of all only fills the cache. */
  async timeStarts(times: number): Promise<void> {
    for (let n = 0; n <= times; n++) {
      for (const design of DESIGNS) {
        const subject = await this.#startSubject(design);
        if (n > 0) this.starts[design].upMs.push(subject.upMs);
        await subject.stop();
      }
    }
  }

  async start(designs: readonly Design[]): Promise<void> {
    for (const design of designs) {
      const subject = await this.#startSubject(design);
      do await pause(IDLES_AFTER_MS);
      while (this.#farEnds.openSessions > 0);
      const idle = await subject.usage();
      this.starts[design].idleMegabytes = idle.rssBytes / 1e6;
      this.#running.set(design, { subject, calls: new Calls(subject.url, this.#farEnds.nextSession), idle });
    }
  }

  /** So many calls are up on each, and their frames have flowed a while. */
  async join(count: number, isTalking: boolean): Promise<void> {
    for (const { calls } of this.#running.values()) {
      await calls.join(count);
      calls.start(isTalking);
      await pause(WARM_UP_MS);
      await calls.stop();
    }
  }

  /** One round. */
  async measure(isTalking: boolean): Promise<Map<Design, Window>> {
    const windows = new Map<Design, Window>();
    for (const [design, running] of this.#running) windows.set(design, await windowOf(running, isTalking));
    return windows;
  }

  totals(design: Design): Totals | null {
    const calls = this.#running.get(design)?.calls;
    if (calls === undefined) return null;
    const { frames, lost, broken, turns, answered } = calls;
    return { frames, lost, broken, turns, answered };
  }

  async stop(design: Design): Promise<void> {
    this.#running.get(design)?.calls.hangUp();
    await this.#running.get(design)?.subject.stop();
    this.#running.delete(design);
  }

  async close(): Promise<void> {
    for (const design of this.#running.keys()) await this.stop(design);
    await this.#farEnds.close();
    rmSync(this.#compileCache, { recursive: true, force: true });
  }

  #startSubject(design: Design): Promise<Subject> {
    const env = { ...this.#farEnds.env, NODE_COMPILE_CACHE: this.#compileCache };
    return startSubject(SCRIPTS[design], env);
  }
}

/** What the subject and the far ends did while the frames of its calls flowed for some seconds. */
export async function windowOf({ subject, calls, idle }: Running, isTalking: boolean): Promise<Window> {
  const mode = isTalking ? 'talking' : 'quiet';
  calls.start(isTalking);
  await pause(LEAD_MS[mode]);
  const before = await subject.usage();
  const ownBefore = process.cpuUsage();
  const from = performance.now();
  calls.delays.upMs = [];
  calls.delays.downMs = [];
  calls.delays.isOpen = true;
  await pause(WINDOW_MS[mode]);
  calls.delays.isOpen = false;
  const after = await subject.usage();
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(ownBefore);
  await calls.stop();
  return {
    cpuMsPerCallSecond: (after.cpuMs - before.cpuMs) / seconds / calls.count,
    upP99Ms: spreadOf(calls.delays.upMs)?.p99 ?? null,
    downP99Ms: spreadOf(calls.delays.downMs)?.p99 ?? null,
    longCollections: after.longCollections - before.longCollections,
    longestCollectionMs: after.longestCollectionMs,
    loopLateP99Ms: after.loopLateP99Ms,
    loopLateMaxMs: after.loopLateMaxMs,
    kilobytesPerCall: (after.rssBytes - idle.rssBytes) / 1000 / calls.count,
    farEndCores: (user + system) / 1e6 / seconds,
  };
}
