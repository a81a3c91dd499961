// A design under measurement, as a child process: started, awaited until it takes calls, asked what it uses, stopped.
// It gets none of our environment and none of our working directory, so that nobody's `.env` is measured with it. It gets the
// flags of `npm start`, and those of the bench: `node --cpu-prof sandbox/bench/main.ts` profiles every subject, too.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { onSubjectsCore } from './core.ts';
import type { Metered, Usage } from './meter.ts';

const STARTS_WITHIN_MS = 10_000;
const READY_EVERY_MS = 10;

export interface Subject {
  readonly url: string;
  /** From its start until it took calls. */
  readonly upMs: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/** On the subject's core alone, unless it `usesAllCores`. */
export async function startSubject(
  script: string,
  env: Readonly<Record<string, string>>,
  usesAllCores = false,
): Promise<Subject> {
  const startedAt = performance.now();
  const flags = [...flagsOfStart(), ...process.execArgv, '--import', import.meta.resolve('./meter.ts')];
  const command: [string, string[]] = [process.execPath, [...flags, script]];
  const child = spawn(
    ...(usesAllCores ? command : onSubjectsCore(...command)),
    // In a process group of its own, so that Ctrl-C reaches only the bench; without the bench the meter ends it.
    { cwd: import.meta.dirname, env, detached: true, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  const url = `http://127.0.0.1:${await listening(child)}`;
  const deadline = performance.now() + STARTS_WITHIN_MS;
  while (!(await fetch(`${url}/ready`)).ok) {
    if (performance.now() > deadline) throw new Error(`${script} does not become ready`);
    await pause(READY_EVERY_MS);
  }
  return {
    url,
    upMs: performance.now() - startedAt,
    async usage() {
      child.send('usage');
      const [metered]: Metered[] = await once(child, 'message');
      if (metered === undefined) throw new Error('the meter told nothing');
      return metered.usage;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** Node's, with which everybody starts the relay. */
function flagsOfStart(): string[] {
  const path = new URL('../../package.json', import.meta.url);
  const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync(path, 'utf8'));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** Resolves with the port that the subject logs, in the relay's form. The rest of its log is read too, as in life. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the subject ended with ${code}`)));
    if (child.stdout === null) return reject(new Error('the subject has no output'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
