// A command as a user starts it: a process of its own, with an environment of its own. Vitest accepts code that Node's
// type stripping refuses; this does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** All that a started process inherits; vitest.config.ts sets the cache. */
export const INHERITED_ENV = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
};

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly out: string;
  readonly errors: string;
}

/** `script` is relative to the repository's root; `folder` is the working directory, which should have no `.env`. */
export async function runCommand(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [resolve(script), ...args], {
    cwd: folder,
    env: { ...INHERITED_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, out, errors };
}
