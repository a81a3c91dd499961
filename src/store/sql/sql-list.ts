// The list of calls over SQL: filtered, page by page, counted, and as numbers. A cursor names the last call of a page, not an
// offset, so calls that start meanwhile do not shift the pages.
import { z } from 'zod';
import type { CallQuery, CallStore } from '../../call/call-store.ts';
import { callDirectionSchema } from '../../call/call-record.ts';
import { viaOf } from '../../call/call-id.ts';
import { readRow, type Run, type Value } from './database.ts';
import { asCall, asSummary, CALL_COLUMNS } from './rows.ts';

const MOST_LISTED = 1000;
const MOST_KINDS = 5000;
/** The stage of a call that has not ended, as `asCall` reads it. */
const LIVE_STAGE = `CASE WHEN coalesce(direction, 'inbound') = 'inbound' THEN 'in-progress' ELSE coalesce(stage, 'queued') END`;
const VIA = `CASE WHEN id LIKE 'CB%' THEN 'browser' ELSE 'phone' END`;
const DIRECTION = `coalesce(direction, 'inbound')`;
const PROFILE = `coalesce(profile, '')`;
const IS_LIVE = `CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END`;
/** Spelled as the index has it. */
const NEEDS_ATTENTION = `attention > 0`;

type Lists = Pick<CallStore, 'list' | 'count' | 'digests'>;

export function listOver(run: Run): Lists {
  return {
    async list({ cursor, ...query }) {
      const values: Value[] = [];
      const put = (value: Value): string => `$${values.push(value)}`;
      const wanted = conditionsOf(query, put);
      const after = cursor === undefined ? null : placeOf(cursor);
      if (after !== null) wanted.push(isAfter(after, put));
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

    async count(query) {
      const values: Value[] = [];
      const wanted = conditionsOf(query, (value) => `$${values.push(value)}`);
      const statement = `SELECT is_live, direction, via, end_reason, profile, flagged, count(*) AS calls FROM (
          SELECT ${IS_LIVE} AS is_live, ${DIRECTION} AS direction, ${VIA} AS via, end_reason, ${PROFILE} AS profile,
            CASE WHEN ${NEEDS_ATTENTION} THEN 1 ELSE 0 END AS flagged
          FROM patchcord_calls WHERE ${wanted.join(' AND ')}) AS kinds
        GROUP BY is_live, direction, via, end_reason, profile, flagged LIMIT ${MOST_KINDS}`;
      return (await run([statement], values)).map((row) => {
        const { is_live, end_reason: endReason, flagged, ...count } = readRow(countRow, row);
        return { ...count, endReason, isLive: is_live === 1, needsAttention: flagged === 1 };
      });
    },

    async digests({ since, until }, after, limit) {
      const values: Value[] = [];
      const put = (value: Value): string => `$${values.push(value)}`;
      const wanted = conditionsOf({ since, until }, put);
      if (after !== null) wanted.push(isAfter(after, put));
      const statement = `SELECT id, ${DIRECTION} AS direction, ${PROFILE} AS profile, started_at, ended_at, end_reason, summary
        FROM patchcord_calls WHERE ${wanted.join(' AND ')}
        ORDER BY started_at DESC, id DESC LIMIT ${put(Math.max(1, Math.min(MOST_LISTED, limit)))}`;
      return (await run([statement], values)).map((row) => {
        const { id, direction, profile, started_at, ended_at, end_reason, summary } = readRow(digestRow, row);
        return {
          id,
          direction,
          via: viaOf(id),
          profile,
          startedAt: started_at,
          ended: ended_at === null || end_reason === null ? null : { at: ended_at, reason: end_reason },
          summary: summary === null ? null : asSummary(summary),
        };
      });
    },
  };
}

function conditionsOf(query: Omit<CallQuery, 'limit' | 'cursor'>, put: (value: Value) => string): string[] {
  const wanted = ['erased_at IS NULL'];
  const { state, stage, direction, via, endReason, profile, needsAttention, number, since, until } = query;
  if (state === 'live') wanted.push('ended_at IS NULL');
  if (state === 'ended' || stage === 'ended') wanted.push('ended_at IS NOT NULL');
  if (stage !== undefined && stage !== 'ended')
    wanted.push('ended_at IS NULL', `${LIVE_STAGE} = ${put(stage)}`);
  if (direction !== undefined) wanted.push(`${DIRECTION} = ${put(direction)}`);
  if (via !== undefined) wanted.push(`${VIA} = ${put(via)}`);
  if (endReason !== undefined) wanted.push(`end_reason = ${put(endReason)}`);
  if (profile !== undefined) wanted.push(`${PROFILE} = ${put(profile)}`);
  if (needsAttention === true) wanted.push(NEEDS_ATTENTION);
  if (needsAttention === false) wanted.push(`coalesce(attention, 0) = 0`);
  if (number !== undefined) {
    const either = put(number);
    wanted.push(`(from_number = ${either} OR to_number = ${either})`);
  }
  if (since !== undefined) wanted.push(`started_at >= ${put(since)}`);
  if (until !== undefined) wanted.push(`started_at < ${put(until)}`);
  return wanted;
}

interface Place {
  readonly startedAt: number;
  readonly id: string;
}

function isAfter({ startedAt, id }: Place, put: (value: Value) => string): string {
  const at = put(startedAt);
  return `(started_at < ${at} OR (started_at = ${at} AND id < ${put(id)}))`;
}

/** The last call of a page, from its cursor; null if it is no cursor. */
function placeOf(cursor: string): Place | null {
  const [, startedAt, id] = /^(-?\d+(?:\.\d+)?)_(.*)$/s.exec(cursor) ?? [];
  return startedAt === undefined || id === undefined ? null : { startedAt: Number(startedAt), id };
}

const countRow = z.object({
  is_live: z.coerce.number(),
  direction: callDirectionSchema,
  via: z.enum(['phone', 'browser']),
  end_reason: z.string().nullable(),
  profile: z.string(),
  flagged: z.coerce.number(),
  calls: z.coerce.number(),
});

const digestRow = z.object({
  id: z.string(),
  direction: callDirectionSchema,
  profile: z.string(),
  started_at: z.number(),
  ended_at: z.number().nullable(),
  end_reason: z.string().nullable(),
  summary: z.string().nullable(),
});
