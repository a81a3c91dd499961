// What bench, chaos, soak and fuzz have in common: help, refusals, and a table after Ctrl-C.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);

describe.each(['bench', 'chaos', 'soak', 'fuzz'])('npm run %s', (command) => {
  const script = `sandbox/${command}/main.ts`;

  it('prints its options with --help', async () => {
    const { stdout } = await run(process.execPath, [script, '--help']);
    expect(stdout).toMatch(new RegExp(`^npm run ${command} -- `));
  });

  it('refuses an option that it does not have', async () => {
    await expect(run(process.execPath, [script, '--faster'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/'--faster'[^]*npm run/),
    });
  });
});

describe('Ctrl-C', () => {
  it.each([
    ['bench', ['--calls', '1', '--seconds', '60'], 'calls are up', '| frames lost'],
    ['chaos', ['--store', 'sqlite', '--calls', '2'], 'on sqlite', '### On sqlite'],
    ['soak', ['--calls', '1'], 'calls at a time', 'replies were heard'],
  ])('ends %s with what was done so far', async (command, options, begun, printed) => {
    const child = spawn(process.execPath, [`sandbox/${command}/main.ts`, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout.on('data', (data: Buffer) => {
      if (data.toString().includes(begun)) child.kill('SIGINT');
    });
    // Its output ends once the last process that writes to it has ended, children included.
    const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(child.exitCode).toBe(130);
    expect(out).toContain(printed);
  });
});
