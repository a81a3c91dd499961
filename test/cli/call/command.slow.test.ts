import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../support/command.ts';
import { listen } from '../../support/listen.ts';

function stage() {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-call-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = (args: string[], env: Record<string, string> = {}) =>
    runCommand('src/cli/call/main.ts', args, env, folder);
  return { folder, run };
}

const TO = '+15551234567';

// Each start is most of a second of CPU, which a busy machine takes its time to give.
describe('npm run call', { timeout: 60_000 }, () => {
  it('calls in the sandbox with nothing set, and shows what came of it', async () => {
    const { folder, run } = stage();
    writeFileSync(
      join(folder, 'result.json'),
      '{"type": "object", "properties": {"isConfirmed": {"type": "boolean"}}}',
    );
    const task = ['--sandbox', TO, 'Remind Ann', '--type', 'appointment_reminder', '--result', 'result.json'];
    const { exitCode, out, errors } = await run([...task, '--callee', 'Yes?', 'No, I cannot.']);
    expect({ exitCode, errors }, out).toEqual({ exitCode: 0, errors: '' });
    expect(out).toMatch(/s {2}callee {2}"Yes\?"\n[^]*s {2}callee {2}"No, I cannot\."/);
    expect(out).toMatch(/✓ isConfirmed {2}false\n/);
  });

  it('says what is wrong with its use, and how it is used, and exits with 2', async () => {
    const { folder, run } = stage();
    writeFileSync(join(folder, 'list.json'), '[]');
    const token = { OPERATOR_TOKEN: 'token' };
    const wrong = await Promise.all([
      run([]),
      run([TO, 'Ask'], token),
      run([TO, 'Ask', '--relay', 'http://localhost:1']),
      run([TO, 'Ask', '--relay', 'localhost:1'], token),
      run([TO, 'Ask', '--result', 'missing.json'], token),
      run([TO, 'Ask', '--context', 'list.json'], token),
    ]);
    const problems = [
      /number to call/,
      /WEBHOOK_URL/,
      /OPERATOR_TOKEN/,
      /http:\/\//,
      /missing\.json/,
      /list\.json/,
    ];
    for (const [index, { exitCode, out, errors }] of wrong.entries()) {
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
      expect(errors).toMatch(problems[index] ?? '');
      expect(errors).toContain('--sandbox  ');
      expect(errors).not.toContain('    at ');
    }
  });

  it('says that --sandbox needs the sandbox, in an installation without it', async () => {
    const { folder } = stage();
    cpSync('src', join(folder, 'src'), { recursive: true });
    cpSync('package.json', join(folder, 'package.json'));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const script = join(folder, 'src/cli/call/main.ts');
    const { exitCode, errors } = await runCommand(script, ['--sandbox', TO, 'Ask'], {}, folder);
    expect(exitCode).toBe(2);
    expect(errors).toMatch(/^✗ --sandbox needs the folder sandbox\//);
  });

  it('finds the token that a relay on this machine keeps, and shows it to no other', async () => {
    const { folder, run } = stage();
    writeFileSync(join(folder, 'patchcord.db.token'), 'the-kept-token\n');
    const shown: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      shown.push(req.headers.authorization);
      res.writeHead(401).end();
    });
    onTestFinished(() => void server.close());
    const port = await listen(server);
    const here = await run([TO, 'Ask', '--relay', `http://localhost:${port}`]);
    expect(here.exitCode).toBe(1);
    expect(new Set(shown)).toEqual(new Set(['Bearer the-kept-token']));
    const elsewhere = await run([TO, 'Ask', '--relay', 'http://relay.invalid']);
    expect(elsewhere.errors).toContain('OPERATOR_TOKEN');
  });

  it('says that no relay answers, and exits with 1', async () => {
    const { run } = stage();
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    const WEBHOOK_URL = `http://127.0.0.1:${port}`;
    const { exitCode, out } = await run([TO, 'Ask'], { OPERATOR_TOKEN: 'token', WEBHOOK_URL });
    expect(exitCode).toBe(1);
    expect(out).toMatch(`✗ No relay answers at ${WEBHOOK_URL} (ECONNREFUSED).\n`);
  });
});
