// Callbacks over SQL. What was taken is not due until its `until`; a process that dies over it leaves it to the others
// then. Those of one call wait for the first of them, which is the oldest that is neither delivered nor given up.
import { z } from 'zod';
import type { CallbackState, CallbackStore } from '../../call/callback-store.ts';
import { StoreError } from '../../call/call-store.ts';
import type { Dialect, Row, Run } from './database.ts';

const MOST_OF_A_CALL = 1000;
const COLUMNS = 'position, id, call_id, url, body, created_at, attempts, next_at, delivered_at, last_problem';

export function callbacksOver(run: Run, dialect: Dialect, keepsWords: boolean): CallbackStore {
  const sql = statementsFor(dialect, keepsWords);
  return {
    async addCallback({ id, callId, url, body, createdAt }) {
      // First: a record that came between the two would make a callback that was not added look like one that was.
      const calls = await run([sql.knows], [callId]);
      if (calls.length === 0) throw new StoreError('UNKNOWN_CALL');
      // Nothing is added where it is there already, or its call was erased.
      await run([sql.add], [id, callId, url, body, createdAt]);
    },
    async takeDueCallbacks(now, until, limit) {
      return inOrder(await run([sql.take], [now, until, limit]));
    },
    async noteAttempt(id, { nextAt, deliveredAt, lastProblem }) {
      await run([sql.note], [id, nextAt, deliveredAt, lastProblem]);
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
    // What was delivered stays so, whoever else was at it too.
    note: `UPDATE patchcord_callbacks SET attempts = attempts + 1, ${keepsWords ? '' : blanked}
        next_at = CAST($2 AS DOUBLE PRECISION), delivered_at = $3, last_problem = $4
      WHERE id = $1 AND delivered_at IS NULL`,
    ofCall: `SELECT ${COLUMNS} FROM patchcord_callbacks WHERE call_id = $1 ORDER BY position LIMIT ${MOST_OF_A_CALL}`,
  };
}

const callbackRow = z.object({
  position: z.coerce.number(),
  id: z.string(),
  call_id: z.string(),
  url: z.string(),
  body: z.string(),
  created_at: z.number(),
  attempts: z.number(),
  next_at: z.number().nullable(),
  delivered_at: z.number().nullable(),
  last_problem: z.string().nullable(),
});

/** An UPDATE gives rows back in any order. */
function inOrder(rows: readonly Row[]): CallbackState[] {
  const parsed = z.array(callbackRow).safeParse(rows);
  if (!parsed.success) throw new StoreError('MALFORMED_ROW');
  return parsed.data
    .toSorted((one, other) => one.position - other.position)
    .map((row) => ({
      id: row.id,
      callId: row.call_id,
      url: row.url,
      body: row.body,
      createdAt: row.created_at,
      attempts: row.attempts,
      nextAt: row.next_at,
      deliveredAt: row.delivered_at,
      lastProblem: row.last_problem,
    }));
}
