// What a relay answers to a client on its own machine, and by which token, if OPERATOR_TOKEN is not set.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { quickSandbox } from '../support/quick-sandbox.ts';

function database(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'calls.db');
}

/** A relay as it is first started, without a token; `lines` is its log. */
async function started(test: TestContext, path: string, env: Record<string, string> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const sandbox = await quickSandbox(test, {
    log,
    env: { OPERATOR_TOKEN: '', METRICS_PUBLIC: '0', DATABASE_URL: `sqlite:${path}`, ...env },
  });
  const status = async (where: string, token = '') => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(sandbox.relayUrl + where, { headers })).status;
  };
  return { status, lines, sandbox };
}

const OPEN = ['/health', '/ready', '/docs', '/docs/docs.js', '/docs/docs.css', '/openapi.json'];
const LOCKED = ['/metrics', '/calls', '/calls/CA1', '/events', '/profiles', '/conversations', '/nothing'];

describe('a relay without OPERATOR_TOKEN', () => {
  it('makes a token, keeps it beside the database for its own user, and prints it once with the address', async (test) => {
    const path = database();
    const first = await started(test, path);
    await expect.poll(() => first.lines).toHaveLength(1);
    const token = readFileSync(`${path}.token`, 'utf8').trim();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(statSync(`${path}.token`).mode & 0o777).toBe(0o600);
    expect(first.lines[0]).toMatchObject({
      operatorToken: token,
      keptIn: `${path}.token`,
      address: 'https://relay.sandbox/docs',
    });
    expect(await first.status('/calls', token)).toBe(200);

    const second = await started(test, path);
    expect(await second.status('/calls', token)).toBe(200);
    expect(second.lines).toEqual([]);
  });

  it('answers nobody without it, on its own machine neither', async (test) => {
    const { status } = await started(test, database());
    await vi.waitFor(async () => expect(await status('/ready')).toBe(200));
    for (const path of OPEN) expect([path, await status(path)]).toEqual([path, 200]);
    for (const path of LOCKED) {
      expect([path, await status(path)]).toEqual([path, 401]);
      expect([path, await status(path, 'another')]).toEqual([path, 401]);
    }
  });

  it('shows its metrics to everybody with METRICS_PUBLIC=1', async (test) => {
    const { status } = await started(test, database(), { METRICS_PUBLIC: '1' });
    expect(await status('/metrics')).toBe(200);
    expect(await status('/calls')).toBe(401);
  });

  it('keeps it in the database if that is no file, so that machines on one Postgres share it', async (test) => {
    const { status, lines } = await started(test, '', { DATABASE_URL: 'sqlite::memory:' });
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ keptIn: 'the database' });
    expect(await status('/calls', String(lines[0]?.['operatorToken']))).toBe(200);
  });

  it('cannot be used while the token can be neither kept nor read, and still takes calls', async (test) => {
    const { status, sandbox } = await started(test, '/dev/null/calls.db');
    expect(await status('/calls', 'some')).toBe(503);
    expect(await status('/calls')).toBe(401);
    expect(await status('/health')).toBe(200);
    await sandbox.call().then((caller) => caller.hangsUp());
  });
});
