// A command as a user starts it, in a process of its own and with nothing in its environment but what is given. Vitest
// passes code that Node's type stripping refuses; this does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly out: string;
  readonly errors: string;
}

/** `script` is below the repository's root; `folder` is where it runs, and where it finds no `.env`. */
export async function runCommand(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [resolve(script), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, out, errors };
}
