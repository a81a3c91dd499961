// The bench as it is started by hand, with hardly any load: that it runs to its end and loses nothing. How fast anything
// is, it does not test.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Fails with all that was printed, if the exit code is not 0. */
async function bench(...options: string[]): Promise<string> {
  const { stdout, code } = await promisify(execFile)(process.execPath, [
    'sandbox/bench/main.ts',
    ...options,
  ]).then(
    (done) => ({ ...done, code: 0 }),
    (failed: { stdout: string; code: number }) => failed,
  );
  expect(code, stdout).toBe(0);
  return stdout;
}

it('measures all designs and ways, and loses no frame', { timeout: 300_000 }, async () => {
  const stdout = await bench('--part', 'wait', '--calls', '2', '--seconds', '3');
  const rows = new Map(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, name = '', ...cells]) => [name, cells]),
  );
  expect(rows.get('')).toEqual(['floor', 'relay', '÷ floor', 'naive', '÷ floor', '']);
  expect(rows.get('frames lost')).toEqual(['0', '0', '', '0', '', '']);
  for (const name of ['frame delay up, p99, ms', 'CPU per call-second, ms', 'memory per call, KiB']) {
    expect(rows.get(name)?.[1]).toMatch(/^-?\d/);
  }
  for (const name of [
    'frame delay down, p99, ms',
    'VAD close → request to the agent, p50, ms',
    'end of its first sentence → `response.create`, p50, ms',
    'VAD close → first audio, p50, ms',
    'relay, in one step',
    'relay, in two steps',
    'relay, in two steps and asked ahead of time',
    'naive',
    'first call of a process',
    'later calls, from memory',
  ]) {
    expect(rows.has(name)).toBe(true);
  }
});

it('measures the small machine beside the floor and loses no frame', { timeout: 180_000 }, async () => {
  const stdout = await bench('--part', 'machine', '--calls', '2', '--rounds', '1', '--most', '3');
  expect(stdout).toMatch(
    /\| 2 calls, nobody speaks +\| CPU per call-second, ms +\| +\d+\.\d\d \| +\d+\.\d\d \| +\d+\.\d\dx \|/,
  );
  expect(stdout).toMatch(/\| 2 calls, a turn each 5 s +\| CPU/);
  expect(stdout).toMatch(/PASS +frames lost of \d+ with 3 calls/);
  expect(stdout).not.toContain('not measured');
});

it('measures one process beside two', { timeout: 180_000 }, async () => {
  const stdout = await bench('--part', 'processes', '--calls', '2', '--rounds', '1');
  expect(stdout).toMatch(/\| calls \| +\| +1 process \| +2 processes \|/);
  expect(stdout).toMatch(/\| 2 +\| CPU per call-second, ms +\| +\d+\.\d\d \| +\d+\.\d\d \|/);
  expect(stdout).toMatch(/CPU of several processes, ÷ one: \d+\.\d\dx with 2/);
});
