// One relay process and several, on all cores, under ever more calls. The far ends share these cores, so what a call costs is
// the figure that can be carried to another machine; how many calls are held says what this one does with both on it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readyProcesses } from '../../processes/ready-processes.ts';
import { Calls } from '../machine/calls.ts';
import { type LeanFarEnds, startLeanFarEnds } from '../machine/lean-far-ends.ts';
import { type Running, type Window, windowOf } from '../machine/loads.ts';
import { startSubject } from '../subject.ts';

const RELAY = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const READY_EVERY_MS = 100;
const IDLES_AFTER_MS = 1_000;
const WARM_UP_MS = 6_000;

export interface ProcessesOptions {
  /** Of the larger machine; the other has one. */
  readonly processes: number;
  /** Ascending. */
  readonly calls: readonly number[];
  readonly rounds: number;
  readonly onProgress: (what: string) => void;
}

/** What one of the two did with so many calls, each with a turn every five seconds. */
export interface Held {
  readonly calls: number;
  readonly processes: number;
  readonly windows: readonly Window[];
  readonly frames: number;
  readonly lost: number;
  /** Calls that broke so far. */
  readonly broken: number;
}

/** `onHeld` receives each result as it is there. One after the other, because side by side they would measure each other. */
export async function measureProcesses(
  { processes, calls, rounds, onProgress }: ProcessesOptions,
  onHeld: (held: Held) => void,
): Promise<void> {
  const farEnds = await startLeanFarEnds();
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  const subjects: (Running & { readonly processes: number })[] = [];
  try {
    for (const count of [1, processes])
      subjects.push({ ...(await start(farEnds, folder, count)), processes: count });
    for (const callCount of calls) {
      onProgress(`${callCount} calls`);
      for (const subject of subjects) await warmUp(subject.calls, callCount);
      const windows = new Map(subjects.map((subject) => [subject, [] as Window[]]));
      const before = new Map(
        subjects.map((one) => [one, { frames: one.calls.frames, lost: one.calls.lost }]),
      );
      for (let round = 0; round < rounds; round++)
        for (const [subject, measured] of windows) measured.push(await windowOf(subject, true));
      for (const [subject, measured] of windows) {
        const { frames, lost, broken } = subject.calls;
        onHeld({
          calls: callCount,
          processes: subject.processes,
          windows: measured,
          frames: frames - (before.get(subject)?.frames ?? 0),
          lost: lost - (before.get(subject)?.lost ?? 0),
          broken,
        });
      }
    }
  } finally {
    for (const { subject, calls: own } of subjects) {
      own.hangUp();
      await subject.stop();
    }
    await farEnds.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function start(farEnds: LeanFarEnds, folder: string, processes: number): Promise<Running> {
  const env = {
    ...farEnds.env,
    NODE_COMPILE_CACHE: folder,
    PROCESSES: String(processes),
    DATABASE_URL: `sqlite:${join(folder, `calls-${processes}.db`)}`,
    METRICS_PUBLIC: '1',
  };
  const subject = await startSubject(RELAY, env, true);
  if (processes > 1) while ((await readyProcesses(subject.url)) < processes) await pause(READY_EVERY_MS);
  do await pause(IDLES_AFTER_MS);
  while (farEnds.openSessions > 0);
  return { subject, calls: new Calls(subject.url, farEnds.nextSession), idle: await subject.usage() };
}

async function warmUp(calls: Calls, count: number): Promise<void> {
  await calls.join(count);
  calls.start(true);
  await pause(WARM_UP_MS);
  await calls.stop();
}
