// The phone numbers of the world, as a library knows them: 5 MB, which take a twentieth of a second to load. A relay that places no
// calls never loads them.
import { createRequire } from 'node:module';
import type * as plan from 'libphonenumber-js/max';

const load = createRequire(import.meta.url);

export function numberingPlan(): typeof plan {
  return load('libphonenumber-js/max');
}
