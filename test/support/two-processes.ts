// A sandbox whose own relay is the second to have the calls, and a real process that is the first.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { quickSandbox } from './quick-sandbox.ts';

export interface TwoProcesses {
  readonly sandbox: Sandbox;
  readonly first: ChildProcess;
  readonly firstUrl: string;
}

/** Twilio is led to the first. They share a SQLite file, unless told otherwise. */
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
    env: { PATH: process.env['PATH'] ?? '', ...sandbox.env, LOG_LEVEL: 'info' },
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
