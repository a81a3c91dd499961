// A short fuzz, as a user starts it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

describe('npm run fuzz', () => {
  const run = promisify(execFile);

  it('blocks the loop with no input, and a live call hears every word', { timeout: 240_000 }, async () => {
    // Rejects when the exit code is not 0.
    const { stdout } = await run(process.execPath, [
      'sandbox/fuzz/main.ts',
      '--inputs',
      '2000',
      '--seed',
      '7',
    ]);
    expect(stdout.match(/^\| [a-z ]+ \| +2000 \|/gm)).toHaveLength(5);
    expect(stdout).toMatch(/said [1-9]\d* sentences and heard each repeated/);
  });

  it('exits 2 for inputs that are no number', async () => {
    await expect(run(process.execPath, ['sandbox/fuzz/main.ts', '--inputs', 'many'])).rejects.toMatchObject({
      code: 2,
    });
  });
});
