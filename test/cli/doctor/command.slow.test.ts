import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../support/command.ts';
import { quickSandbox } from '../../support/quick-sandbox.ts';

/** A name that resolves nowhere, and is too long for anybody to be asked. */
const WEBHOOK_URL = `https://${'x'.repeat(64)}.sandbox`;

const run = (env: Record<string, string>, ...args: string[]) =>
  runCommand('src/cli/doctor/main.ts', args, env, tmpdir());

// Each start is most of a second of CPU, which a busy machine takes its time to give.
describe('npm run doctor', { timeout: 60_000 }, () => {
  it('looks at all of it and leaves with 0, a line for each check', async (context) => {
    const sandbox = await quickSandbox(context, { env: { WEBHOOK_URL } });
    const [number] = sandbox.twilio.account.numbers;
    Object.assign(number ?? {}, { voice_url: `${WEBHOOK_URL}/voice` });
    const { exitCode, out, errors } = await run({ ...sandbox.env }, '--ask-agent');
    expect(errors).toBe('');
    expect(exitCode).toBe(0);
    const titles = out.split('\n').filter((line) => /^[✓✗–]/.test(line));
    expect(titles.map((line) => line.slice(0, 16).trimEnd())).toEqual([
      '✓ Configuration',
      '✓ OpenAI key',
      '✓ Agent',
      '✓ Models',
      '✓ Realtime',
      '✓ First word',
      '✓ A caller waits',
      '– Public address',
      '– API token',
      '✓ Twilio account',
      '✓ Number',
    ]);
    expect(out).toMatch(
      /about \d+ ms after the last word \(\d+ silence \+ \d+ more for the transcript \+ \d+ agent \+ \d+ voice\)/,
    );
  });

  it('leaves with 1 when something is wrong, and still looks at the rest', async (context) => {
    const sandbox = await quickSandbox(context, { env: { WEBHOOK_URL } });
    const { exitCode, out } = await run({ ...sandbox.env, OPENAI_API_KEY: 'sk-mistyped' });
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^✗ OpenAI key .*\n {4}\S/m);
    expect(out).toMatch(/^✓ Twilio account/m);
    expect(out).not.toContain('sk-mistyped');
  });

  it('stops at instructions that cannot be read', async (context) => {
    const { env } = await quickSandbox(context);
    const { exitCode, errors } = await run({ ...env, AGENT_INSTRUCTIONS_FILE: '/no/such/file' });
    expect(exitCode).toBe(1);
    expect(errors).toContain('AGENT_INSTRUCTIONS_FILE names "/no/such/file"');
  });

  it('stops at a configuration that will not do, every problem at once and no stack trace', async () => {
    const { exitCode, out, errors } = await run({
      WEBHOOK_URL: 'http://x',
      AGENT_INSTRUCTIONS_FILE: '/no/such',
    });
    expect(exitCode).toBe(1);
    expect(out).toBe('');
    expect(errors).toContain('OPENAI_API_KEY is not set');
    expect(errors).toContain('WEBHOOK_URL must be');
    expect(errors).not.toContain('    at ');
  });
});
