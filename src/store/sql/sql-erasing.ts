// Erasing over SQL. An erased call leaves its ID behind, so that later writes about it are refused, and the key of its request,
// which must not place another call. A call that is merely old is deleted with everything that refers to it.
import type { CallStore } from '../../call/call-store.ts';
import type { Dialect, Run } from './database.ts';

/** Old calls deleted at a time, so that writes can go in between. */
const ERASED_AT_ONCE = 50;
const OLD = 'SELECT id FROM patchcord_calls WHERE last_at < $1 ORDER BY last_at, id LIMIT $2';
/** Every column that may hold personal data, and all else that may be null. */
const FACTS = `direction from_number to_number profile state ended_at end_reason owner_id lease_until resume sid stage
  answered_by assignment task_words result summary attention`;

export function erasingOver(
  run: Run,
  { waitForGate, emptyLog }: Dialect,
): Pick<CallStore, 'erase' | 'eraseOlderThan'> {
  const bury = `UPDATE patchcord_calls SET erased_at = last_at,
      ${FACTS.split(/\s+/)
        .map((column) => `${column} = NULL`)
        .join(', ')}
    WHERE id = $1 AND erased_at IS NULL RETURNING id`;
  const erase = [
    'DELETE FROM patchcord_steerings WHERE call_id = $1',
    'DELETE FROM patchcord_callbacks WHERE call_id = $1',
    'DELETE FROM patchcord_events WHERE call_id = $1 RETURNING number',
  ];
  const eraseOld = [
    `DELETE FROM patchcord_reservations WHERE call_id IN (${OLD})`,
    `DELETE FROM patchcord_calls WHERE id IN (${OLD}) RETURNING id`,
  ];
  return {
    async erase(callId) {
      const erased = await run([bury], [callId]);
      // From here on, only writers that had already begun can add anything about the call.
      if (waitForGate !== null) await run([waitForGate], []);
      const events = await run(erase, [callId]);
      const wasThere = erased.length + events.length > 0;
      if (wasThere && emptyLog !== null) await run([emptyLog], []);
      return wasThere;
    },
    async eraseOlderThan(at) {
      let count = 0;
      for (;;) {
        const erased = await run(eraseOld, [at, ERASED_AT_ONCE]);
        count += erased.length;
        if (erased.length < ERASED_AT_ONCE) break;
      }
      if (count > 0 && emptyLog !== null) await run([emptyLog], []);
      return count;
    },
  };
}
