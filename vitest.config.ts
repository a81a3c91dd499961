import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/store/postgres-keeper.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Whole calls are had in real time, and a shared machine may stand still for a second: there, what failed is run once
    // more, and the report says so. At a desk it just fails.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    // Calls take as long as people speak: waiting is most of it, so they wait side by side.
    maxWorkers: 3,
    maxConcurrency: 16,
  },
});
