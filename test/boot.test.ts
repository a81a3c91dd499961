// How the relay starts and stops. What only a process shows is tested with real ones; what a start refuses, in this one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRelay } from '../src/relay/relay.ts';
import { readSetup } from '../src/relay/read-setup.ts';
import { SANDBOX_ENV } from '../sandbox/sandbox.ts';
import { startOpenAi } from '../sandbox/openai/openai.ts';
import { INHERITED_ENV } from './support/command.ts';

interface Booted {
  readonly child: ChildProcess;
  /** Every line of its log so far. */
  readonly lines: readonly string[];
  /** Resolves with all that it writes to standard error, once it has ended. */
  readonly errors: Promise<string>;
  readonly exitCode: Promise<number | null>;
  /** Resolves with the first log line with this message, once there are `count` of them. */
  logs(message: string, count?: number): Promise<Record<string, unknown>>;
}

/** Starts `src/main.ts` with nothing in its environment but `env`. */
function boot(env: Readonly<Record<string, string>>): Booted {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { ...INHERITED_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    errors: text(child.stderr),
    exitCode: once(child, 'exit').then(() => child.exitCode),
    async logs(message, count = 1) {
      for (;;) {
        const [first, ...others] = lines
          .map((line): Record<string, unknown> => JSON.parse(line))
          .filter(({ msg }) => msg === message);
        if (first !== undefined && 1 + others.length >= count) return first;
        await once(output, 'line');
      }
    },
  };
}

async function sandboxEnv(): Promise<Record<string, string>> {
  const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
  onTestFinished(() => openAi.close());
  return { ...SANDBOX_ENV, OPENAI_BASE_URL: openAi.baseUrl };
}

describe('the process', () => {
  it('answers, survives bugs outside of calls without logging their messages, and exits with 0 on SIGTERM', async () => {
    const AGENT_WORKFLOW_ID = './test/agent/own-module/modules/throws-on-signal.ts';
    const relay = boot({ ...(await sandboxEnv()), AGENT_WORKFLOW_ID });
    const { port } = await relay.logs('listening');
    const url = `http://127.0.0.1:${String(port)}`;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const unsigned = await fetch(`${url}/voice`, { method: 'POST', body: new URLSearchParams() });
    expect(unsigned.status).toBe(403);
    relay.child.kill('SIGUSR2');
    await relay.logs('bug-found', 2);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    relay.child.kill('SIGTERM');
    expect(await relay.exitCode).toBe(0);
    expect(await relay.errors).toBe('');
    expect(relay.lines.join('\n')).not.toContain('4111');
  });

  it('exits with 1 on a wrong environment and a taken port, naming every problem without a stack trace', async () => {
    const taken = await sandboxEnv();
    const wrong = boot({ WEBHOOK_URL: 'http://x', PORT: '-1' });
    const late = boot({ ...taken, PORT: new URL(taken['OPENAI_BASE_URL'] ?? '').port });
    expect([await wrong.exitCode, await late.exitCode]).toEqual([1, 1]);
    const errors = await wrong.errors;
    expect(errors).toContain('OPENAI_API_KEY is not set');
    expect(errors).toContain('WEBHOOK_URL must be');
    expect(errors).toContain('PORT must be');
    expect(await late.errors).toMatch(/PORT \d+ .*EADDRINUSE/);
    expect(errors + (await late.errors)).not.toContain('    at ');
  });
});

describe('several processes', () => {
  /** In a file, because they share it. */
  async function machineEnv(): Promise<Record<string, string>> {
    const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return { ...(await sandboxEnv()), PROCESSES: '2', DATABASE_URL: `sqlite:${join(folder, 'calls.db')}` };
  }

  it('[R12] exit with 0 if their terminal closes', async () => {
    const machine = boot(await machineEnv());
    await machine.logs('listening', 2);
    machine.child.kill('SIGHUP');
    expect(await machine.exitCode).toBe(0);
  });

  it('[R11] exit with 1, and try no more, if not even the first can start', async () => {
    const env = await machineEnv();
    const machine = boot({ ...env, PORT: new URL(env['OPENAI_BASE_URL'] ?? '').port });
    expect(await machine.exitCode).toBe(1);
    expect(await machine.errors).toMatch(/^Patchcord cannot start:\n  - PORT \d+ .*EADDRINUSE/);
  });
});

describe('a start', () => {
  /** Every reason for which `src/main.ts` would not start with this environment. */
  async function problemsWith(env: Readonly<Record<string, string>>): Promise<string> {
    let setup;
    try {
      setup = readSetup(env);
    } catch (error) {
      return String(error);
    }
    const relay = createRelay(setup, { log: pino({ level: 'silent' }) });
    onTestFinished(() => relay.close());
    const found = await relay.lookUpAgents();
    return found.map((one) => (one.is === 'wrong' ? one.problem : '')).join('\n');
  }

  it.each([
    ['asst_123', '2026-08-26'],
    ['wf_123', '2026-11-30'],
    ['pmpt_123', '2026-11-30'],
  ])('refuses the agent %s, whose API is shut down, and names the successor', async (id, date) => {
    const problems = await problemsWith({ ...SANDBOX_ENV, AGENT_WORKFLOW_ID: id });
    expect(problems).toContain(date);
    expect(problems).toContain('Agents API');
  });

  it.each([
    [{ AGENT_WORKFLOW_ID: 'agent_unknown' }, 'agent_unknown'],
    [{ OPENAI_API_KEY: 'sk-another' }, 'key'],
    [{ AGENT_WORKFLOW_ID: './no-such-file.ts' }, 'no-such-file.ts'],
    [{ AGENT_INSTRUCTIONS_FILE: 'no-such-file.txt' }, 'no-such-file.txt'],
    [{ PROFILES: 'README.md' }, 'JSON'],
  ])('refuses %j and says why', async (wrong, why) => {
    const problems = await problemsWith({ ...(await sandboxEnv()), ...wrong });
    expect(problems).toContain(why);
    expect(problems).not.toContain('sk-');
  });
});
