// The package as it would be published: packed, installed into an empty folder, and used there as a command and as a library.
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_ENV } from '../sandbox/sandbox.ts';
import { startOpenAi } from '../sandbox/openai/openai.ts';
import { INHERITED_ENV } from './support/command.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'patchcord-package-'));
/** Node of this process first: the one on the machine may be too old. */
const env = {
  ...process.env,
  ...INHERITED_ENV,
  PATH: `${resolve(process.execPath, '..')}:${INHERITED_ENV.PATH}`,
};

beforeAll(async () => {
  await run('npm', ['pack', '--pack-destination', folder], { env });
  const [tarball = ''] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`, '@types/express@5'],
    {
      cwd: folder,
      env,
    },
  );
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves with what it printed once it has printed `text`. */
function prints(
  command: string,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
  text: string,
) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    // `npx` starts the command as a child of its own, which ends with the group only.
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  const { promise, resolve: done, reject } = Promise.withResolvers<string>();
  let out = '';
  const take = (data: Buffer): void => {
    out += data.toString();
    if (out.includes(text)) done(out);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.on('exit', (code) => reject(new Error(`ended with ${code}: ${out}`)));
  return promise;
}

/** Of the relay that wrote this log. */
async function expectPages(log: string): Promise<void> {
  const [, port = ''] = /"port":(\d+)/.exec(log) ?? [];
  const page = await (await fetch(`http://127.0.0.1:${port}/app`)).text();
  const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(4);
  for (const path of named) {
    const file = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([path, file.status]).toEqual([path, 200]);
  }
}

describe('the installed package', () => {
  it('has a whole call by npx patchcord demo', async () => {
    const { stdout } = await run('npx', ['patchcord', 'demo'], { cwd: folder, env });
    expect(stdout).toContain('Every word was heard that should have been');
  }, 120_000);

  it('starts the relay and its pages by npx patchcord start', async () => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const log = await prints(
      'npx',
      ['patchcord', 'start'],
      { ...SANDBOX_ENV, OPENAI_BASE_URL: openAi.baseUrl },
      'listening',
    );
    await expectPages(log);
  }, 120_000);

  it('lists its commands, and names one that it does not have', async () => {
    const { stdout } = await run('npx', ['patchcord', '--help'], { cwd: folder, env });
    for (const command of ['demo', 'sandbox', 'start', 'doctor', 'number', 'call'])
      expect(stdout).toContain(`  ${command} `);
    await expect(run('npx', ['patchcord', 'dial'], { cwd: folder, env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no command "dial"'),
    });
  });

  it('is a library: its types compile a consumer, and the consumer runs', async () => {
    for (const example of ['embed.ts', 'own-agent.ts'])
      cpSync(join('examples', example), join(folder, example));
    writeFileSync(
      join(folder, 'own-tests.ts'),
      `import { type Sandbox, startSandbox } from 'patchcord/sandbox';
       export const start = (): Promise<Sandbox> => startSandbox({ env: { GREETING: 'Hello.' } });`,
    );
    const tsc = [
      resolve('node_modules/.bin/tsc'),
      '--noEmit',
      '--strict',
      '--target',
      'esnext',
      '--module',
      'nodenext',
    ];
    const flags = ['--allowImportingTsExtensions', '--skipLibCheck', '--types', 'node'];
    await run(process.execPath, [...tsc, ...flags, 'embed.ts', 'own-tests.ts'], { cwd: folder, env }).catch(
      ({ stdout }: { stdout: string }) => expect(stdout).toBe(''),
    );

    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    onTestFinished(() => openAi.close());
    const set = { ...SANDBOX_ENV, AGENT_WORKFLOW_ID: 'own-agent', OPENAI_BASE_URL: openAi.baseUrl };
    await prints(process.execPath, ['embed.ts'], set, 'listening on');
  }, 180_000);
});
