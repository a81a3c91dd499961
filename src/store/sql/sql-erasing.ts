// Erasing over SQL. A call that is erased leaves its ID behind, so that what a process still writes of it finds that it
// is not wanted, and the key of its request, which must not place another; one that is merely old goes altogether, and with it by reference all that hangs on it.
import type { CallStore } from '../../call/call-store.ts';
import type { Dialect, Run } from './database.ts';

/** So many old calls are removed at a time: what is to be written goes between. */
const ERASED_AT_ONCE = 50;
const OLD = 'SELECT id FROM patchcord_calls WHERE last_at < $1 ORDER BY last_at, id LIMIT $2';
/** Every column that may hold something; the counts and flags that must be numbers hold nothing. */
const FACTS = `direction from_number to_number profile state ended_at end_reason owner_id lease_until resume sid stage
  answered_by assignment task_words result`;

export function erasingOver(run: Run, { waitForGate }: Dialect): Pick<CallStore, 'erase' | 'eraseOlderThan'> {
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
      // From here on nothing new of the call gets in, save from who was at it already.
      if (waitForGate !== null) await run([waitForGate], []);
      const events = await run(erase, [callId]);
      return erased.length + events.length > 0;
    },
    async eraseOlderThan(at) {
      let count = 0;
      for (;;) {
        const erased = await run(eraseOld, [at, ERASED_AT_ONCE]);
        count += erased.length;
        if (erased.length < ERASED_AT_ONCE) return count;
      }
    },
  };
}
