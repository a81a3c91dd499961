// The arguments of `demo` and `sandbox`, and what they take from the environment, as processes and in this one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { portFrom } from '../../sandbox/free-port.ts';
import { sandboxLog } from '../../sandbox/narration.ts';
import { publishedAs } from '../../sandbox/published.ts';
import { runCommand } from '../support/command.ts';

const BAD_AGENT = `export async function agent({ text }) {
  if (text.includes('open')) throw new Error('no such table');
  return 'You said: ' + text;
}`;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-choices-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('demo', () => {
  it('calls a file of the user, honours .env, shows its exception and does not judge its words', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'agent.ts'), BAD_AGENT);
    writeFileSync(join(folder, '.env'), 'GREETING=Good day.\nOPENAI_BASE_URL=http://nowhere.invalid\n');
    const { exitCode, out } = await runCommand('sandbox/demo/main.ts', ['--agent', './agent.ts'], {}, folder);
    expect(out).toContain('The agent threw: Error: no such table');
    expect(out).toContain('Good day. You said: Hello, what can you do for me?');
    expect(out).toContain('What your agent said is for you to judge.');
    expect(exitCode).toBe(0);
  });
});

describe.each(['sandbox/demo/main.ts', 'sandbox/main.ts'])('%s', (script) => {
  it('explains itself with --help, and refuses options that it does not know with exit code 2', async () => {
    const folder = emptyFolder();
    const [help, unknown] = await Promise.all([
      runCommand(script, ['--help'], {}, folder),
      runCommand(script, ['--agnet', 'x'], {}, folder),
    ]);
    expect(help).toMatchObject({ exitCode: 0, out: expect.stringContaining('--agent <ID>') });
    expect(unknown).toMatchObject({ exitCode: 2, errors: expect.stringContaining('--agnet') });
  });

  it('says which file is missing', async () => {
    const end = await runCommand(script, ['--agent', './none.ts'], {}, emptyFolder());
    expect(end).toMatchObject({ exitCode: 1, errors: expect.stringContaining('none.ts') });
  });
});

it('plays any model, and says that it knows only the shop', () => {
  expect(publishedAs('model:gpt-7', {})).toMatchObject({
    isOwn: false,
    kind: expect.stringContaining('only the flower shop'),
  });
  expect(publishedAs('chat:llama-3', { AGENT_BASE_URL: 'http://localhost:11434/v1' }).isOwn).toBe(true);
  expect(publishedAs('hook:n8n:https://…', {}).isOwn).toBe(false);
  expect(publishedAs('hook:n8n:https://n8n.example/webhook/1/chat', {}).isOwn).toBe(true);
  expect(publishedAs('agui:https://agent.example/run?key=secret', {}).form).toBe(
    'agui:https://agent.example/run',
  );
  expect(publishedAs('responses:shop', { AGENT_BASE_URL: 'https://agent.example' }).isOwn).toBe(true);
  expect(publishedAs('chat:llama-3', {}).env('http://127.0.0.1:9')['AGENT_BASE_URL']).toBe(
    'http://127.0.0.1:9/v1',
  );
});

it('takes the next port where one is taken', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(0), 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await portFrom(taken)).toBeGreaterThan(taken);
  expect(await portFrom(0)).toBe(0);
});

it('prints warnings only, and exceptions of the agent whole', () => {
  const printed: string[] = [];
  const log = sandboxLog((line) => printed.push(line));
  log.info('listening');
  log.warn('The agent threw: Error: boom');
  log.warn('input-refused');
  expect(printed.join('\n')).toContain('The agent threw: Error: boom');
  expect(printed).toHaveLength(2);
});
