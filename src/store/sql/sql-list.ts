// The list of calls over SQL, filtered and page by page. A cursor names the last call of a page, not an offset, so calls that
// start meanwhile do not shift the pages.
import type { CallStore } from '../../call/call-store.ts';
import type { Run, Value } from './database.ts';
import { asCall, CALL_COLUMNS } from './rows.ts';

const MOST_LISTED = 1000;
/** The stage of a call that has not ended, as `asCall` reads it. */
const LIVE_STAGE = `CASE WHEN coalesce(direction, 'inbound') = 'inbound' THEN 'in-progress' ELSE coalesce(stage, 'queued') END`;

export function listOver(run: Run): Pick<CallStore, 'list'> {
  return {
    async list(query) {
      const values: Value[] = [];
      const put = (value: Value): string => `$${values.push(value)}`;
      const wanted = ['erased_at IS NULL'];
      const { state, stage, direction, number, since, until, cursor } = query;
      if (state === 'live') wanted.push('ended_at IS NULL');
      if (state === 'ended' || stage === 'ended') wanted.push('ended_at IS NOT NULL');
      if (stage !== undefined && stage !== 'ended')
        wanted.push('ended_at IS NULL', `${LIVE_STAGE} = ${put(stage)}`);
      if (direction !== undefined) wanted.push(`coalesce(direction, 'inbound') = ${put(direction)}`);
      if (number !== undefined) {
        const either = put(number);
        wanted.push(`(from_number = ${either} OR to_number = ${either})`);
      }
      if (since !== undefined) wanted.push(`started_at >= ${put(since)}`);
      if (until !== undefined) wanted.push(`started_at < ${put(until)}`);
      const after = cursor === undefined ? null : placeOf(cursor);
      if (after !== null) {
        const at = put(after.startedAt);
        wanted.push(`(started_at < ${at} OR (started_at = ${at} AND id < ${put(after.id)}))`);
      }
      const limit = Math.max(1, Math.min(MOST_LISTED, query.limit));
      const statement = `SELECT ${CALL_COLUMNS} FROM patchcord_calls WHERE ${wanted.join(' AND ')}
        ORDER BY started_at DESC, id DESC LIMIT ${put(limit + 1)}`;
      const rows = await run([statement], values);
      const calls = rows.slice(0, limit).map(asCall);
      const last = calls.at(-1);
      return {
        calls,
        next: rows.length > limit && last !== undefined ? `${last.startedAt}_${last.id}` : null,
      };
    },
  };
}

/** The last call of a page, from its cursor; null if it is no cursor. */
function placeOf(cursor: string): { startedAt: number; id: string } | null {
  const [, startedAt, id] = /^(-?\d+(?:\.\d+)?)_(.*)$/s.exec(cursor) ?? [];
  return startedAt === undefined || id === undefined ? null : { startedAt: Number(startedAt), id };
}
