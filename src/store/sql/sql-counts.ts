// Counters over SQL: one upsert whose WHERE holds the limit, so that processes which ask at once are let through one after
// another. Rows are always written in the order of their keys: two processes that lock them in different orders would
// deadlock.
import type { CountStore, LimitedCount } from '../../call/count-store.ts';
import { type Dialect, jsonOf, type Run } from './database.ts';

/** Expired counters removed with each `takeCounts`: more than one call adds, so their number falls. */
const REMOVED_AT_ONCE = 100;

export function countsOver(run: Run, { rows, texts, skipTaken }: Dialect): CountStore {
  const upsert = (admitted: string, stillAdmitted: string): string => `
    INSERT INTO patchcord_counts AS c (key, points, most, kept_until)
    SELECT p.key, p.points, p.most, p.kept_until
    FROM ${rows('$1', { key: 'text', points: 'number', most: 'number', kept_until: 'number' })} AS p
    WHERE ${admitted} ORDER BY p.key
    ON CONFLICT (key) DO UPDATE SET points = c.points + excluded.points
    WHERE ${stillAdmitted}
    RETURNING key`;
  const take = upsert('p.points <= p.most', 'c.points + excluded.points <= excluded.most');
  const add = upsert('true', 'true');
  const read = `SELECT c.key, c.points FROM patchcord_counts c
    WHERE c.points <> 0 AND c.key IN (SELECT t.value FROM ${texts('$1')} AS t)`;
  const remove = `WITH old AS MATERIALIZED (
      SELECT key FROM patchcord_counts WHERE kept_until <= $1 LIMIT ${REMOVED_AT_ONCE} ${skipTaken})
    DELETE FROM patchcord_counts WHERE key IN (SELECT key FROM old)`;
  return {
    async takeCounts(counts, now) {
      await run([remove], [now]);
      const rowsTaken = await run([take], [jsonOf(counts.map(rowOf))]);
      const taken = new Set(rowsTaken.map(({ key }) => key));
      const over = counts.filter(({ key }) => !taken.has(key));
      if (over.length > 0 && taken.size > 0) {
        const back = counts.filter(({ key }) => taken.has(key));
        await run([add], [jsonOf(back.map((count) => rowOf({ ...count, points: -count.points })))]);
      }
      return over.map(({ key }) => key);
    },
    async counts(keys) {
      const found = await run([read], [jsonOf(keys)]);
      return new Map(found.map(({ key, points }) => [String(key), Number(points)]));
    },
    async addCounts(counts) {
      await run([add], [jsonOf(counts.map((count) => rowOf({ ...count, most: 0 })))]);
    },
  };
}

function rowOf({ key, points, most, keptUntil }: LimitedCount) {
  return { key, points, most, kept_until: keptUntil };
}
