// The soak as a user starts it, for a few seconds.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

describe('npm run soak', () => {
  const run = promisify(execFile);

  it('holds calls on a relay in a process of its own, and reports on it', { timeout: 60_000 }, async () => {
    // Rejects when the exit code is not 0.
    const { stdout } = await run(process.execPath, [
      'sandbox/soak/main.ts',
      '--calls',
      '2',
      '--minutes',
      '0.15',
    ]);
    expect(stdout).toMatch(/^2 calls at a time, for 0\.15 minutes\n/);
    expect(stdout).toMatch(
      /^memory: min \d+\.\d MiB, max \d+\.\d MiB, slope [+−]\d+\.\d MiB an hour\n {2}│/m,
    );
    expect(stdout).toMatch(/^heap in use, garbage collected: min [1-9]\d*\.\d MiB/m);
    expect(stdout).toMatch(/^open handles and requests: min [1-9]\d*, max [1-9]\d*, slope/m);
    expect(stdout).toMatch(/^event-loop delay, p99 of each second: min \d+\.\d ms/m);
    expect(Number(/^(\d+) samples/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(8);
    expect(stdout).toMatch(/^[1-9]\d* replies were heard, \d+ calls came to their end, 0 broke$/m);
  });

  it.for([
    ['--minutes', 'soon'],
    ['--calls', '1.5'],
    ['--calls', '0'],
  ])('refuses %s %s', async ([option = '', value = '']) => {
    const refused = run(process.execPath, ['sandbox/soak/main.ts', `${option}=${value}`]);
    await expect(refused).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${option} must be`),
    });
  });
});
