import { createRequire } from 'node:module';
import { expect, it, onTestFinished } from 'vitest';
import { Fences } from '../../../src/outbound/fences/fences.ts';
import { parseAllowList } from '../../../src/outbound/fences/outbound-settings.ts';
import { chooseStore } from '../../../src/store/choose-store.ts';

const { cache } = createRequire(import.meta.url);

function isLoadedFor(allow: string): boolean {
  const store = chooseStore('sqlite::memory:');
  onTestFinished(() => store.close());
  const settings = { doNotCallFile: '', quietHours: null, callsPerDay: 1, minutesPerDay: 1 };
  new Fences({ ...settings, allow: parseAllowList(allow), countries: [] }, store);
  return Object.keys(cache).some((path) => path.includes('libphonenumber-js'));
}

it('[C2] the numbering plan is loaded at the start, not under live calls, and only by a relay that may call out', () => {
  expect(isLoadedFor('')).toBe(false);
  expect(isLoadedFor('+1555*')).toBe(true);
});
