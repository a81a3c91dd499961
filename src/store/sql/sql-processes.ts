// The processes that share the store, over SQL. A row says when its process last beat; a process that finds an expired row
// removes it in a transaction of its own: two processes that return at once would otherwise deadlock.
import type { CallStore } from '../../call/call-store.ts';
import type { Dialect, Run } from './database.ts';

export function processesOver(run: Run, { skipTaken }: Dialect): Pick<CallStore, 'beat'> {
  const beat = [
    // Beats may overtake each other, so `is_leaving` never goes back.
    `INSERT INTO patchcord_processes AS p (owner_id, beat_at, is_leaving) VALUES ($1, $2, $3)
     ON CONFLICT (owner_id) DO UPDATE SET beat_at = excluded.beat_at,
       is_leaving = CASE WHEN p.is_leaving = 1 THEN 1 ELSE excluded.is_leaving END`,
    `SELECT count(CASE WHEN beat_at >= $4 AND is_leaving = 0 THEN 1 END) AS others,
       count(CASE WHEN beat_at < $4 THEN 1 END) AS gone
     FROM patchcord_processes WHERE owner_id <> $1`,
  ];
  const remove = `DELETE FROM patchcord_processes
    WHERE owner_id IN (SELECT owner_id FROM patchcord_processes WHERE beat_at < $1 ${skipTaken})`;
  return {
    async beat(ownerId, now, isLeaving, since) {
      const [counts] = await run(beat, [ownerId, now, isLeaving ? 1 : 0, since]);
      if (Number(counts?.['gone'] ?? 0) > 0) await run([remove], [since]);
      return Number(counts?.['others'] ?? 0);
    },
  };
}
