// Reservations over SQL: of requests that send the same key at once, one is first, and all others receive what it reserved.
// An expired key is as good as new.
import { z } from 'zod';
import type { CallStore } from '../../call/call-store.ts';
import { type Dialect, readRow, type Run } from './database.ts';

/** Expired keys removed with each `reserve`: more than one call adds, so their number falls. */
const REMOVED_AT_ONCE = 100;

export function reservationsOver(run: Run, { skipTaken }: Dialect): Pick<CallStore, 'reserve'> {
  const first = (column: string): string =>
    `${column} = CASE WHEN r.kept_until > $5 THEN r.${column} ELSE excluded.${column} END`;
  const reserve = `INSERT INTO patchcord_reservations AS r (key, call_id, fingerprint, kept_until)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (key) DO UPDATE SET ${['call_id', 'fingerprint', 'kept_until'].map(first).join(', ')}
    RETURNING call_id AS "callId", fingerprint`;
  const remove = `WITH old AS MATERIALIZED (
      SELECT key FROM patchcord_reservations WHERE kept_until <= $1 LIMIT ${REMOVED_AT_ONCE} ${skipTaken})
    DELETE FROM patchcord_reservations WHERE key IN (SELECT key FROM old)`;
  return {
    async reserve(key, { callId, fingerprint }, now, keepMs) {
      const [row] = await run([reserve], [key, callId, fingerprint, now + keepMs, now]);
      await run([remove], [now]);
      return readRow(reservationRow, row);
    },
  };
}

const reservationRow = z.object({ callId: z.string(), fingerprint: z.string() });
