// Callbacks over SQL. A taken callback is not due again before `until`: if its process dies meanwhile, another one takes it
// then. The callbacks of a call go one by one: each waits until the one before is delivered or given up.
import { z } from 'zod';
import type { CallbackState, CallbackStore } from '../../call/callback-store.ts';
import { StoreError } from '../../call/call-store.ts';
import { type Dialect, readRow, type Row, type Run } from './database.ts';
import { attentionBits } from './rows.ts';

const MOST_OF_A_CALL = 1000;
const COLUMNS = `position, id, call_id AS "callId", url, body, created_at AS "createdAt", attempts, next_at AS "nextAt",
  delivered_at AS "deliveredAt", last_problem AS "lastProblem"`;

/** Unless another process has delivered it after all. */
const GIVEN_UP = `UPDATE patchcord_calls SET attention = coalesce(attention, 0) | ${attentionBits(['callback'])}
  WHERE id = (SELECT call_id FROM patchcord_callbacks WHERE id = $1 AND delivered_at IS NULL)`;

export function callbacksOver(run: Run, dialect: Dialect, keepsWords: boolean): CallbackStore {
  const sql = statementsFor(dialect, keepsWords);
  return {
    async addCallback({ id, callId, url, body, createdAt }) {
      // Asked first: after the insert, a record written in between would hide that nothing was inserted.
      const calls = await run([sql.knows], [callId]);
      if (calls.length === 0) throw new StoreError('UNKNOWN_CALL');
      // Adds nothing if the callback exists or its call was erased.
      await run([sql.add], [id, callId, url, body, createdAt]);
    },
    async takeDueCallbacks(now, until, limit) {
      return inOrder(await run([sql.take], [now, until, limit]));
    },
    async noteAttempt(id, { nextAt, deliveredAt, lastProblem }) {
      await run([sql.note], [id, nextAt, deliveredAt, lastProblem]);
      if (nextAt === null && deliveredAt === null) await run([GIVEN_UP], [id]);
      const isBlanked = !keepsWords && nextAt === null;
      if (isBlanked && dialect.emptyLog !== null) await run([dialect.emptyLog], []);
    },
    async callbacksOf(callId) {
      return inOrder(await run([sql.ofCall], [callId]));
    },
  };
}

function statementsFor({ keepCall, skipTaken }: Dialect, keepsWords: boolean) {
  const blanked = `body = CASE WHEN CAST($2 AS DOUBLE PRECISION) IS NULL THEN '' ELSE body END,`;
  return {
    add: `INSERT INTO patchcord_callbacks (id, call_id, url, body, created_at, next_at)
      SELECT CAST($1 AS TEXT), c.id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS DOUBLE PRECISION),
        CAST($5 AS DOUBLE PRECISION)
      FROM patchcord_calls c WHERE c.id = $2 AND c.erased_at IS NULL ${keepCall}
      ON CONFLICT (id) DO NOTHING`,
    knows: 'SELECT id FROM patchcord_calls WHERE id = $1',
    take: `WITH due AS MATERIALIZED (
        SELECT c.position FROM patchcord_callbacks c
        WHERE c.next_at <= $1 AND NOT EXISTS (
          SELECT 1 FROM patchcord_callbacks e
          WHERE e.call_id = c.call_id AND e.position < c.position AND e.next_at IS NOT NULL)
        ORDER BY c.position LIMIT $3 ${skipTaken})
      UPDATE patchcord_callbacks SET next_at = $2 WHERE position IN (SELECT position FROM due)
      RETURNING ${COLUMNS}`,
    // A delivered callback stays delivered, also if another process attempted it too.
    note: `UPDATE patchcord_callbacks SET attempts = attempts + 1, ${keepsWords ? '' : blanked}
        next_at = CAST($2 AS DOUBLE PRECISION), delivered_at = $3, last_problem = $4
      WHERE id = $1 AND delivered_at IS NULL`,
    ofCall: `SELECT ${COLUMNS} FROM patchcord_callbacks WHERE call_id = $1 ORDER BY position LIMIT ${MOST_OF_A_CALL}`,
  };
}

const callbackRow = z.object({
  id: z.string(),
  callId: z.string(),
  url: z.string(),
  body: z.string(),
  createdAt: z.number(),
  attempts: z.number(),
  nextAt: z.number().nullable(),
  deliveredAt: z.number().nullable(),
  lastProblem: z.string().nullable(),
});

/** An UPDATE returns rows in any order. */
function inOrder(rows: readonly Row[]): CallbackState[] {
  return rows
    .toSorted((one, other) => Number(one['position']) - Number(other['position']))
    .map((row) => readRow(callbackRow, row));
}
