// Quiet hours by the callee's wall clock. A number tells a country or an area, not where its phone is now, so it is quiet if it
// is quiet in any of its time zones. Only the wall clock counts, also in a night in which the clocks change.
import type { Refusal } from '../../call/assignment.ts';
import { minuteOfDay, type OpenRange } from '../../call/hours.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MINUTES = 24 * 60;
const LOOK_AHEAD_MS = 48 * HOUR_MS;

export function refusalByQuietHours(
  quiet: OpenRange | null,
  zones: readonly string[],
  at: number,
): Refusal | null {
  if (quiet === null) return null;
  if (zones.length === 0)
    return quietNow(
      'Nobody knows what time it is where this number is: only QUIET_HOURS=off lets it be called.',
    );
  const until = quietUntil(quiet, zones, at);
  if (until === null)
    return quietNow('In one of the time zones of this number it is always quiet: make QUIET_HOURS shorter.');
  if (until <= at) return null;
  return {
    ...quietNow('It is within QUIET_HOURS where the callee is, or may be. Try again when they are over.'),
    retryAfterS: Math.ceil((until - at) / 1000),
  };
}

/** The first instant from `at` on at which no zone is quiet; null if there is none within two days. */
function quietUntil(quiet: OpenRange, zones: readonly string[], at: number): number | null {
  for (let instant = at; instant - at <= LOOK_AHEAD_MS;) {
    const leftMs = Math.max(...zones.map((zone) => quietLeft(quiet, minuteOfDay(zone, instant)) * MINUTE_MS));
    if (leftMs === 0) return instant;
    // At most an hour at a time, so that a change of the clocks is seen.
    instant = Math.floor(instant / MINUTE_MS) * MINUTE_MS + Math.min(leftMs, HOUR_MS);
  }
  return null;
}

/** Minutes until the quiet hours end; 0 outside of them. */
function quietLeft({ fromMinute, toMinute }: OpenRange, minute: number): number {
  // The range may reach into the next morning.
  for (const here of [minute, minute + DAY_MINUTES])
    if (fromMinute <= here && here < toMinute) return toMinute - here;
  return 0;
}

function quietNow(message: string): Refusal {
  return { code: 'quiet_hours', message, field: 'to' };
}
