// Which callers a business answers (O6). A caller's number is their carrier's claim: what was denied can come back under
// another number, so these rules spare trouble and prove nothing about a person.
import type { CallFacts } from './call.ts';
import { E164, ungrouped } from './phone-number.ts';

/** How a caller whose number failed its carrier's check is treated: `say` speaks the line `unverified` and ends the call. */
export const UNVERIFIED_WAYS = ['answer', 'say', 'reject'] as const;

/** The number of a caller who withholds it, in a list. */
const ANONYMOUS = 'anonymous';

export interface CallerRules {
  /** E.164 numbers, prefixes that end in `*`, or `anonymous`; null: everybody who is not denied. */
  readonly allow: readonly string[] | null;
  /** Wins over `allow`. */
  readonly deny: readonly string[];
  readonly unverified: (typeof UNVERIFIED_WAYS)[number];
}

export const ANSWER_ALL: CallerRules = { allow: null, deny: [], unverified: 'answer' };

/** A number, a prefix or `anonymous` as rules hold it; null if it is none of these. */
export function callerPattern(written: string): string | null {
  const pattern = ungrouped(written);
  return E164.test(pattern) || /^\+[1-9]\d{0,13}\*$/.test(pattern) || pattern === ANONYMOUS ? pattern : null;
}

export function treatmentOf(rules: CallerRules, { from, callerProof }: CallFacts): CallerRules['unverified'] {
  if (rules.deny.some((pattern) => isMatch(pattern, from))) return 'reject';
  if (rules.allow !== null && !rules.allow.some((pattern) => isMatch(pattern, from))) return 'reject';
  return callerProof === 'failed' ? rules.unverified : 'answer';
}

function isMatch(pattern: string, from: string): boolean {
  if (pattern === ANONYMOUS) return !E164.test(from);
  return pattern.endsWith('*') ? from.startsWith(pattern.slice(0, -1)) : from === pattern;
}
