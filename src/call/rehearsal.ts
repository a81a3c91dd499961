// What placing a call would come to, without placing it.
import type { Assignment, Refusal } from './assignment.ts';

/** As much of an assignment as can refuse it. */
export type ToRehearse = Pick<Assignment, 'to' | 'maxMinutes' | 'result' | 'callbackUrl'>;

export interface Rehearsed {
  /** All of them; none: the call would be placed. */
  readonly refusals: readonly Refusal[];
  /** null if the number cannot be read. */
  readonly callee: {
    /** Two letters; null if it has none, or several countries share its calling code. */
    readonly country: string | null;
    /** Where the phone may be. */
    readonly timeZones: readonly string[];
  } | null;
}

/** Of all outbound calls of this day (UTC). Calls in progress count with their most minutes. */
export interface UsageToday {
  readonly calls: { readonly used: number; readonly limit: number };
  readonly minutes: { readonly used: number; readonly limit: number };
  /** The instant from which on nothing is used. */
  readonly until: number;
}
