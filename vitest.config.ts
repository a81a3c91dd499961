import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/store/postgres-keeper.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Calls take as long as people speak: waiting is most of it, so they wait side by side.
    maxWorkers: 3,
    maxConcurrency: 16,
  },
});
