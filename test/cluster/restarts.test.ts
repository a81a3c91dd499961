import { describe, expect, it } from 'vitest';
import { causeOf, Restarts } from '../../src/cluster/restarts.ts';

describe('[R11] a process that died is started again', () => {
  it('at once if it had lived, and later and later if it dies at its start', () => {
    const restarts = new Restarts();
    const waits = [60_000, 100, 100, 100, 100, 100, 100, 100, 100].map((livedMs) =>
      restarts.waitAfter(livedMs),
    );
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(restarts.inARow).toBe(8);
    expect(restarts.waitAfter(10_000)).toBe(0);
    expect(restarts.inARow).toBe(0);
  });

  it.each([
    [null, 'SIGKILL', 'SIGKILL'],
    [null, 'SIGABRT', 'memory'],
    [134, null, 'memory'],
    [1, null, 'exit code 1'],
  ])('names the cause of code %s and signal %s', (code, signal, cause) => {
    expect(causeOf(code, signal)).toContain(cause);
  });
});
