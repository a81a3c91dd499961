// What one outbound call counts for, and the limits it counts against. Windows are whole hours and days of UTC, named in
// the counter's key: a number can be called ten times within an hour that lies across two windows.
import type { Refusal } from '../../call/assignment.ts';
import type { Count, LimitedCount } from '../../call/count-store.ts';
import type { OutboundSettings } from './outbound-settings.ts';

export const CALLS_AN_HOUR_TO_A_NUMBER = 5;
export const CALLS_A_DAY_TO_A_NUMBER = 20;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A call that passed the fences, and what is needed to settle its counts. */
export interface FencedCall {
  /** E.164. */
  readonly to: string;
  /** The longest it may last: all of it is counted until the call is settled. */
  readonly maxMinutes: number;
  readonly at: number;
}

export interface Limit {
  readonly count: LimitedCount;
  /** Given when the count would exceed its limit. */
  readonly refusal: Refusal;
}

/** In the order in which their refusals take precedence. */
export function limitsOf(
  call: FencedCall,
  { callsPerDay, minutesPerDay }: Pick<OutboundSettings, 'callsPerDay' | 'minutesPerDay'>,
): readonly Limit[] {
  const { to, at } = call;
  const limit = (counted: Count, most: number, refusal: Refusal): Limit => ({
    count: { ...counted, most },
    refusal: { ...refusal, retryAfterS: Math.ceil((counted.keptUntil - at) / 1000) },
  });
  return [
    limit(
      countIn(HOUR_MS, at, `number-hour:${to}`, 1),
      CALLS_AN_HOUR_TO_A_NUMBER,
      limited(`This number was called ${CALLS_AN_HOUR_TO_A_NUMBER} times within the hour.`),
    ),
    limit(
      countIn(DAY_MS, at, `number-day:${to}`, 1),
      CALLS_A_DAY_TO_A_NUMBER,
      limited(`This number was called ${CALLS_A_DAY_TO_A_NUMBER} times today (UTC).`),
    ),
    limit(
      countIn(DAY_MS, at, 'calls-day', 1),
      callsPerDay,
      spent(`OUTBOUND_PER_DAY allows ${callsPerDay} calls a day (UTC), and they were made.`),
    ),
    limit(
      minutesOf(call, minutesKept(call)),
      minutesPerDay,
      spent(
        `OUTBOUND_MINUTES_PER_DAY allows ${minutesPerDay} minutes a day (UTC), and fewer are left than maxMinutes. ` +
          'Calls in progress count with their most.',
      ),
    ),
  ];
}

/** The counters of the day: outbound calls of all numbers, and their minutes. */
export function dayCounts(at: number): { readonly calls: Count; readonly minutes: Count } {
  return { calls: countIn(DAY_MS, at, 'calls-day', 0), minutes: countIn(DAY_MS, at, 'minutes-day', 0) };
}

/** Corrects the minutes of a call that lasted `minutes`; a minute that began counts, as the carrier bills it. */
export function minutesCorrection(call: FencedCall, minutes: number): Count {
  return minutesOf(call, Math.ceil(minutes) - minutesKept(call));
}

function minutesOf({ at }: FencedCall, points: number): Count {
  return countIn(DAY_MS, at, 'minutes-day', points);
}

function minutesKept({ maxMinutes }: FencedCall): number {
  return Math.max(1, Math.ceil(maxMinutes));
}

function countIn(windowMs: number, at: number, name: string, points: number): Count {
  const window = Math.floor(at / windowMs);
  return { key: `${window}:${name}`, points, keptUntil: (window + 1) * windowMs };
}

function limited(message: string): Refusal {
  return { code: 'rate_limited', message, field: 'to' };
}

function spent(message: string): Refusal {
  return { code: 'budget_spent', message };
}
