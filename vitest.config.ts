// Two suites: `vitest` runs everything but `*.slow.test.ts`, `vitest --mode slow` runs only those: bench, soak, chaos,
// leak and fuzz, which start many processes or make hundreds of calls, each command as a process, and all that needs a browser.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

// Every SQLite store starts a thread, and a few tests start processes; with the cache a start takes half as much CPU.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'patchcord-compile-cache');

const SLOW = 'test/**/*.slow.test.ts';

export default defineConfig(({ mode }) => ({
  test: {
    ...(mode === 'slow'
      ? { include: [SLOW] }
      : { include: ['test/**/*.test.ts'], exclude: [...configDefaults.exclude, SLOW] }),
    globalSetup: ['test/store/postgres-keeper.ts'],
    // Files of one worker share its modules: importing them anew for each file took half of the suite's CPU time.
    isolate: mode === 'slow',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: mode === 'slow' ? 2 : 4,
    maxConcurrency: mode === 'slow' ? 2 : 16,
    expect: { poll: { timeout: 20_000 } },
  },
}));
