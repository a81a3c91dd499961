// What profiles.json needs for one more number: a whole file, or the lines for one that is there. Pure.
import type { NumberProfile } from '../api-types.ts';

export function profileLines(number: string, usual: NumberProfile, hasProfiles: boolean): string {
  const numbers = { [number]: usual };
  if (!hasProfiles) return JSON.stringify({ numbers }, null, 2);
  // Without the outer braces: the file has its own.
  return JSON.stringify(numbers, null, 2).split('\n').slice(1, -1).join('\n');
}
