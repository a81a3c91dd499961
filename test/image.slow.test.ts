// The relay from exactly the files that the Docker image gets, with the packages that it installs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { startOpenAi } from '../sandbox/openai/openai.ts';
import { SANDBOX_ENV } from '../sandbox/sandbox.ts';
import { INHERITED_ENV } from './support/command.ts';

/** What `COPY` names and `.dockerignore` lets into the build. */
function filesOfImage(): readonly string[] {
  const admitted = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+/gm) ?? [];
  const copies = readFileSync('Dockerfile', 'utf8').match(/(?<=^COPY ).+/gm) ?? [];
  const copied = copies.flatMap((line) =>
    line
      .split(' ')
      .filter((word) => !word.startsWith('--'))
      .slice(0, -1),
  );
  expect(copied.toSorted()).toEqual(admitted.toSorted());
  return copied;
}

/** As `npm ci --omit=dev` installs them. */
function linkPackages(folder: string): void {
  const { packages }: { packages: Record<string, { dev?: boolean; devOptional?: boolean }> } = JSON.parse(
    readFileSync('package-lock.json', 'utf8'),
  );
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev === true || devOptional === true) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(resolve(path), join(folder, path));
  }
}

it('boots the relay and its pages from the files of the image, and compiles nothing that the image brings compiled', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of filesOfImage()) cpSync(file, join(folder, file), { recursive: true });
  linkPackages(folder);
  const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
  onTestFinished(() => openAi.close());

  const cache = join(folder, '.compile-cache');
  const [, fill] = /^RUN (node src\/main\.ts .+)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  execFileSync('sh', ['-c', fill ?? 'exit 1'], {
    cwd: folder,
    env: { ...INHERITED_ENV, NODE_COMPILE_CACHE: cache },
  });
  const compiled = (): readonly string[] =>
    readdirSync(cache, { recursive: true, encoding: 'utf8' }).toSorted();
  const brought = compiled();

  const start = readFileSync(join(folder, 'start.sh'), 'utf8').trimEnd().split('\n').at(-1);
  expect(start).toMatch(/^exec node /);
  const relay = spawn('sh', ['-c', start ?? ''], {
    cwd: folder,
    env: {
      ...INHERITED_ENV,
      ...SANDBOX_ENV,
      OPENAI_BASE_URL: openAi.baseUrl,
      DATABASE_URL: `sqlite:${join(folder, 'patchcord.db')}`,
      NODE_COMPILE_CACHE: cache,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void relay.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: relay.stdout })) {
    lines.push(line);
    const [, port] = /"port":(\d+),.*"msg":"listening"/.exec(line) ?? [];
    if (port === undefined) continue;
    const main = await fetch(`http://127.0.0.1:${port}/app/src/pages/browser/main.ts`);
    expect([main.status, await main.text()]).toEqual([200, expect.stringContaining('render(')]);
    relay.kill('SIGTERM');
    await once(relay, 'exit');
    expect(compiled()).toEqual(brought);
    return;
  }
  expect.fail(`The relay ended: ${lines.join('\n')}`);
});

it('keeps the database of fly.toml on its volume', () => {
  const fly = readFileSync('fly.toml', 'utf8');
  const [, mount] = /^destination = "(.+)"$/m.exec(fly) ?? [];
  expect(mount).toBe('/data');
  expect(fly).toContain(`DATABASE_URL = "sqlite:${mount}/`);
  expect(readFileSync('Dockerfile', 'utf8')).toContain(`mkdir ${mount} `);
  expect(readFileSync('start.sh', 'utf8')).toContain(`chown node:node ${mount}\n`);
});
