// The real process, as a host starts it. Vitest passes code that Node's type stripping refuses; this does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_ENV } from '../sandbox/sandbox.ts';
import { startOpenAi } from '../sandbox/openai/openai.ts';

/** Starts `src/main.ts` with nothing in its environment but `env`. */
function boot(env: Record<string, string>) {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    lines.push(
      ...data
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    );
    for (const look of waiting) look();
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return {
    child,
    exitCode: async () => {
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
    errors: () => errors,
    output: () => lines.join('\n') + errors,
    /** The first such line, once there are `count` of them. */
    logs: (message: string, count = 1) =>
      new Promise<Record<string, unknown>>((resolve) => {
        const look = (): void => {
          const found = lines
            .map((line): Record<string, unknown> => JSON.parse(line))
            .filter(({ msg }) => msg === message);
          if (found[0] !== undefined && found.length >= count) resolve(found[0]);
        };
        waiting.add(look);
        look();
      }),
  };
}

describe('the process', () => {
  it('starts, answers, and leaves with 0 on SIGTERM', async () => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const relay = boot({ ...SANDBOX_ENV, OPENAI_BASE_URL: openAi.baseUrl });
    const { port } = await relay.logs('listening');
    const health = await fetch(`http://127.0.0.1:${String(port)}/health`);
    expect(health.status).toBe(200);
    const unsigned = await fetch(`http://127.0.0.1:${String(port)}/voice`, {
      method: 'POST',
      body: new URLSearchParams(),
    });
    expect(unsigned.status).toBe(403);
    relay.child.kill('SIGTERM');
    expect(await relay.exitCode()).toBe(0);
    expect(relay.errors()).toBe('');
  });

  it('an environment that will not do stops it with 1, every problem at once and no stack trace', async () => {
    const relay = boot({ WEBHOOK_URL: 'http://x', PORT: '-1' });
    expect(await relay.exitCode()).toBe(1);
    expect(relay.errors()).toContain('OPENAI_API_KEY is not set');
    expect(relay.errors()).toContain('WEBHOOK_URL must be');
    expect(relay.errors()).toContain('PORT must be');
    expect(relay.errors()).not.toContain('    at ');
  });

  it.each([
    ['asst_123', '2026-08-26'],
    ['wf_123', '2026-11-30'],
  ])('the agent %s stops it, and it says what to use instead', async (id, date) => {
    const relay = boot({ ...SANDBOX_ENV, AGENT_WORKFLOW_ID: id });
    expect(await relay.exitCode()).toBe(1);
    expect(relay.errors()).toContain(date);
    expect(relay.errors()).toContain('Agents API');
  });

  it.each([
    [{ AGENT_WORKFLOW_ID: 'agent_unknown' }, 'agent_unknown'],
    [{ OPENAI_API_KEY: 'sk-another' }, 'key'],
    [{ AGENT_WORKFLOW_ID: './no-such-file.ts' }, 'no-such-file.ts'],
    [{ AGENT_INSTRUCTIONS_FILE: 'no-such-file.txt' }, 'no-such-file.txt'],
    [{ PROFILES: 'README.md' }, 'JSON'],
  ])('%j stops it before the first caller, and it says why', async (wrong, why) => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const relay = boot({ ...SANDBOX_ENV, OPENAI_BASE_URL: openAi.baseUrl, ...wrong });
    expect(await relay.exitCode()).toBe(1);
    expect(relay.errors()).toContain(why);
    expect(relay.errors()).not.toContain('sk-');
    expect(relay.errors()).not.toContain('    at ');
  });

  it('goes on after an exception and a rejection that no call owns, and logs neither message', async () => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const relay = boot({
      ...SANDBOX_ENV,
      OPENAI_BASE_URL: openAi.baseUrl,
      AGENT_WORKFLOW_ID: './test/agent/own-module/modules/throws-on-signal.ts',
    });
    const { port } = await relay.logs('listening');
    relay.child.kill('SIGUSR2');
    await relay.logs('bug-found', 2);
    expect((await fetch(`http://127.0.0.1:${String(port)}/health`)).status).toBe(200);
    relay.child.kill('SIGTERM');
    expect(await relay.exitCode()).toBe(0);
    expect(relay.output()).not.toContain('4111');
  });

  it('a port that is taken is said plainly', async () => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const relay = boot({
      ...SANDBOX_ENV,
      OPENAI_BASE_URL: openAi.baseUrl,
      PORT: new URL(openAi.baseUrl).port,
    });
    expect(await relay.exitCode()).toBe(1);
    expect(relay.errors()).toContain('PORT');
    expect(relay.errors()).not.toContain('    at ');
  });
});
