import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTwilio } from '../../../sandbox/twilio/twilio.ts';
import { runCommand } from '../../support/command.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'the-token' };
const NUMBER = '+15550002222';
const FILE = '.patchcord-number.json';
/** Where the command keeps its file. */
const IN_MEMORY = { DATABASE_URL: 'sqlite::memory:' };

async function stage() {
  const twilio = await startTwilio({ ...ACCOUNT, webhookUrl: 'https://relay.sandbox', phoneNumber: NUMBER });
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-number-'));
  onTestFinished(async () => {
    await twilio.close();
    rmSync(folder, { recursive: true });
  });
  const env = {
    OPENAI_API_KEY: 'sk-1',
    AGENT_WORKFLOW_ID: 'agent_1',
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_PHONE_NUMBER: NUMBER,
    TWILIO_API_URL: twilio.apiUrl,
    WEBHOOK_URL: 'https://relay.sandbox',
  };
  const run = (args: string[], differing: Record<string, string> = {}) =>
    runCommand('src/cli/number/main.ts', args, { ...env, ...differing }, folder);
  return { account: twilio.account, folder, run };
}

// Each start is most of a second of CPU, which a busy machine takes its time to give.
describe('npm run number', { timeout: 60_000 }, () => {
  it('points the number here, and back', async () => {
    const { account, folder, run } = await stage();
    const before = structuredClone(account.numbers);
    const there = await run([]);
    expect(there).toMatchObject({ exitCode: 0, errors: '' });
    expect(account.numbers[0]?.voice_url).toBe('https://relay.sandbox/voice#rc=2&rp=ct,rt,5xx');
    expect(there.out).toContain('patchcord.db');
    const back = await run(['--undo']);
    expect(back).toMatchObject({ exitCode: 0, errors: '' });
    expect(account.numbers).toEqual(before);
    expect(existsSync(join(folder, FILE))).toBe(false);
  });

  it('undoes what an earlier version kept in a file', async () => {
    const { account, folder, run } = await stage();
    const before = structuredClone(account.numbers);
    await run([], IN_MEMORY);
    const kept = JSON.parse(readFileSync(join(folder, FILE), 'utf8'));
    delete kept[NUMBER].id;
    writeFileSync(join(folder, FILE), JSON.stringify(kept));
    expect(await run(['--undo'])).toMatchObject({ exitCode: 0, errors: '' });
    expect(account.numbers).toEqual(before);
    expect(existsSync(join(folder, FILE))).toBe(false);
  });

  it('changes nothing where the database cannot keep the way back', async () => {
    const { account, run } = await stage();
    const { exitCode, errors } = await run([], { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/none' });
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/ECONNREFUSED.*nothing was changed/);
    expect(errors).not.toContain('hidden');
    expect(account.changes).toEqual([]);
  });

  it('names every variable that it needs, without a stack trace', async () => {
    const { run } = await stage();
    const { exitCode, errors } = await run([], { TWILIO_ACCOUNT_SID: '', TWILIO_PHONE_NUMBER: '' });
    expect(exitCode).toBe(1);
    expect(errors).toContain('TWILIO_ACCOUNT_SID is not set');
    expect(errors).toContain('TWILIO_PHONE_NUMBER is not set');
    expect(errors).not.toContain('    at ');
  });

  it('does nothing on an option that it does not know, and says which there are', async () => {
    const { account, run } = await stage();
    const { exitCode, errors } = await run(['--dryrun']);
    expect(exitCode).toBe(1);
    expect(errors).toContain('--dry-run');
    expect(account.changes).toEqual([]);
  });
});
