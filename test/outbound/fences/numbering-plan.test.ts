import { createRequire } from 'node:module';
import { expect, it, onTestFinished } from 'vitest';
import { Fences } from '../../../src/outbound/fences/fences.ts';
import { parseAllowList } from '../../../src/outbound/fences/outbound-settings.ts';
import { chooseStore } from '../../../src/store/choose-store.ts';

const { cache } = createRequire(import.meta.url);

function loaded(): string[] {
  return Object.keys(cache).filter((path) => path.includes('libphonenumber-js'));
}

function isLoadedFor(allow: string): boolean {
  // Another test of this worker may have loaded it.
  for (const path of loaded()) delete cache[path];
  const store = chooseStore('sqlite::memory:');
  onTestFinished(() => store.close());
  const settings = { doNotCallFile: '', quietHours: null, callsPerDay: 1, minutesPerDay: 1 };
  new Fences({ ...settings, allow: parseAllowList(allow), countries: [] }, store);
  return loaded().length > 0;
}

it('[C2] the numbering plan is loaded at the start, not under live calls, and only by a relay that may call out', () => {
  expect(isLoadedFor('')).toBe(false);
  expect(isLoadedFor('+1555*')).toBe(true);
});
