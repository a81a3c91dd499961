// Two relays that share a database, in this process and on one clock. What only a process that dies shows needs
// two-processes.ts, which costs a start and runs in real time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestContext } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { createRelay, type Relay } from '../../src/relay/relay.ts';
import { readSetup } from '../../src/relay/read-setup.ts';
import { quickSandbox } from './quick-sandbox.ts';

export interface TwoRelays {
  /** Its own relay is the second. */
  readonly sandbox: Sandbox;
  readonly first: Relay;
  readonly firstUrl: string;
}

/** Twilio reaches the first. They share a SQLite file, unless `env` names another database. */
export async function twoRelays(
  test: TestContext,
  { env = {}, clock = new PacedClock(), ...options }: SandboxOptions = {},
): Promise<TwoRelays> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const sandbox = await quickSandbox(test, {
    clock,
    ...options,
    env: { DATABASE_URL: `sqlite:${join(folder, 'calls.db')}`, ...env },
  });
  const first = createRelay(readSetup(sandbox.env), { clock, log: pino({ level: 'silent' }) });
  test.onTestFinished(() => first.close());
  const firstUrl = `http://127.0.0.1:${await first.listen()}`;
  await first.warmed;
  sandbox.twilio.routeTo(firstUrl);
  return { sandbox, first, firstUrl };
}
