// Two relays that share a database: a process of its own, and a sandbox's relay that takes over from it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { INHERITED_ENV } from './command.ts';
import { quickSandbox } from './quick-sandbox.ts';

export interface TwoProcesses {
  readonly sandbox: Sandbox;
  readonly first: ChildProcess;
  readonly firstUrl: string;
}

/** Twilio reaches the first. They share a SQLite file, unless `env` names another database. */
export async function twoProcesses(
  test: TestContext,
  { env = {}, ...options }: SandboxOptions = {},
): Promise<TwoProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const sandbox = await quickSandbox(test, {
    // The first process has the machine's time, so the sandbox needs it too.
    clock: systemClock,
    ...options,
    env: { DATABASE_URL: `sqlite:${join(folder, 'calls.db')}`, ...env },
  });
  const first = spawn(process.execPath, ['src/main.ts'], {
    env: { ...INHERITED_ENV, ...sandbox.env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.onTestFinished(() => void first.kill('SIGKILL'));
  let firstUrl = '';
  for await (const line of createInterface({ input: first.stdout })) {
    const { msg, port } = JSON.parse(line);
    if (msg !== 'listening') continue;
    firstUrl = `http://127.0.0.1:${port}`;
    break;
  }
  first.stdout.resume();
  sandbox.twilio.routeTo(firstUrl);
  return { sandbox, first, firstUrl };
}
