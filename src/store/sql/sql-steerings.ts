// Steerings over SQL: a mailbox for each call, emptied by the process that holds the call. A steering is removed as it is
// taken, so it is lost if that process then dies: better than to hang up twice.
import { z } from 'zod';
import type { CallStore } from '../../call/call-store.ts';
import { steeringSchema } from '../../call/steering.ts';
import { type Dialect, jsonOf, readRow, type Run } from './database.ts';

/** The rest is taken by the next query. */
const TAKEN_AT_ONCE = 100;

export function steeringsOver(run: Run, dialect: Dialect): Pick<CallStore, 'steer' | 'takeSteerings'> {
  const { keepCall, skipTaken, json } = dialect;
  const steer = `INSERT INTO patchcord_steerings (call_id, at, body)
    SELECT c.id, CAST($2 AS DOUBLE PRECISION), ${json('$3')} FROM patchcord_calls c
    WHERE c.id = $1 AND c.erased_at IS NULL AND c.ended_at IS NULL ${keepCall}`;
  const wanted = `FROM patchcord_steerings s WHERE s.at < $2
    OR EXISTS (SELECT 1 FROM patchcord_calls c WHERE c.id = s.call_id AND c.owner_id = $1)`;
  const peek = `SELECT 1 AS is_any ${wanted} LIMIT 1`;
  const take = `WITH taken AS MATERIALIZED (
      SELECT s.position ${wanted} ORDER BY s.position LIMIT ${TAKEN_AT_ONCE} ${skipTaken})
    DELETE FROM patchcord_steerings WHERE position IN (SELECT position FROM taken)
    RETURNING position, call_id AS "callId", at, CAST(body AS TEXT) AS body`;
  return {
    async steer(callId, steering, at) {
      await run([steer], [callId, at, jsonOf(steering)]);
    },
    async takeSteerings(ownerId, since) {
      // Asked twice a second and almost always in vain: a read waits for no writer.
      if ((await run([peek], [ownerId, since])).length === 0) return [];
      return (await run([take], [ownerId, since]))
        .map((row) => readRow(steeringRow, row))
        .filter(({ at }) => at >= since)
        .toSorted((one, other) => one.position - other.position)
        .flatMap(({ callId, body }) => {
          // A kind that only another version knows is dropped.
          const { data } = steeringSchema.safeParse(JSON.parse(body));
          return data === undefined ? [] : [{ callId, steering: data }];
        });
    },
  };
}

const steeringRow = z.object({
  position: z.coerce.number(),
  callId: z.string(),
  at: z.number(),
  body: z.string(),
});
