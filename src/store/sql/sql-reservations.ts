// Reservations over SQL: of many who send the same key at once, one is first, and all the others are given what it
// reserved. A key whose time is over is as good as new.
import { z } from 'zod';
import { type CallStore, StoreError } from '../../call/call-store.ts';
import type { Dialect, Run } from './database.ts';

/** So many keys whose time is over go with every new one: they become fewer, however many there are. */
const REMOVED_AT_ONCE = 100;

export function reservationsOver(run: Run, { skipTaken }: Dialect): Pick<CallStore, 'reserve'> {
  const first = (column: string): string =>
    `${column} = CASE WHEN r.kept_until > $5 THEN r.${column} ELSE excluded.${column} END`;
  const reserve = `INSERT INTO patchcord_reservations AS r (key, call_id, fingerprint, kept_until)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (key) DO UPDATE SET ${['call_id', 'fingerprint', 'kept_until'].map(first).join(', ')}
    RETURNING call_id, fingerprint`;
  const remove = `WITH old AS MATERIALIZED (
      SELECT key FROM patchcord_reservations WHERE kept_until <= $1 LIMIT ${REMOVED_AT_ONCE} ${skipTaken})
    DELETE FROM patchcord_reservations WHERE key IN (SELECT key FROM old)`;
  return {
    async reserve(key, { callId, fingerprint }, now, keepMs) {
      const [row] = await run([reserve], [key, callId, fingerprint, now + keepMs, now]);
      await run([remove], [now]);
      const { data } = reservationRow.safeParse(row);
      if (data === undefined) throw new StoreError('MALFORMED_ROW');
      return { callId: data.call_id, fingerprint: data.fingerprint };
    },
  };
}

const reservationRow = z.object({ call_id: z.string(), fingerprint: z.string() });
