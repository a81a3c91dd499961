// Where Chromium is on this machine.
import { existsSync } from 'node:fs';

const PLACES = [
  process.env['PATCHCORD_CHROMIUM'] ?? '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** null: there is none. */
export const CHROMIUM = PLACES.find((path) => existsSync(path)) ?? null;
