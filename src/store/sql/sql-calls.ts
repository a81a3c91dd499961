// Calls and their events over SQL. Three things make them safe for several processes: the unique number of an event (written
// twice, it is stored once), the WHERE of the upsert (a process that lost the call changes no fact of it), and the WHERE of
// the claim (compare and set).
import { type CallChange, STAGES } from '../../call/call-record.ts';
import type { Batch, CallStore, Claim, NumberedEvent } from '../../call/call-store.ts';
import { assignmentColumns } from './assignment-rows.ts';
import { type Dialect, jsonOf, type Run } from './database.ts';
import { asCall, asEvent, attentionBits, CALL_COLUMNS, EVENT_COLUMNS } from './rows.ts';

/** Set by the callback that was given up, and kept by whatever else is known of the call. */
const CALLBACK_BIT = attentionBits(['callback']);

type Calls = Pick<
  CallStore,
  | 'append'
  | 'load'
  | 'loadBySid'
  | 'abandoned'
  | 'claim'
  | 'renew'
  | 'release'
  | 'eventsAfter'
  | 'lastPosition'
>;

export function callsOver(run: Run, dialect: Dialect): Calls {
  const append = [upsertFor(dialect), insertFor(dialect)];
  const sql = statementsFor(dialect);
  return {
    async append(batch: Batch) {
      const { ownerId, leaseUntil, changes, events } = batch;
      const values = [jsonOf(changes.map(changeRow)), jsonOf(events.map(eventRow)), ownerId, leaseUntil];
      await run(append, values);
      const isErasing = changes.some(({ areWordsGone }) => areWordsGone);
      if (isErasing && dialect.emptyLog !== null) await run([dialect.emptyLog], []);
    },
    async load(callId) {
      return (await run([sql.load], [callId])).map(asCall)[0] ?? null;
    },
    async loadBySid(sid) {
      return (await run([sql.loadBySid], [sid])).map(asCall)[0] ?? null;
    },
    async abandoned(now, limit) {
      return (await run([sql.abandoned], [now, limit])).map(asCall);
    },
    async claim(callId, { ownerId, now, leaseUntil, evenFrom }: Claim) {
      return (await run([sql.claim], [callId, ownerId, now, leaseUntil, evenFrom])).map(asCall)[0] ?? null;
    },
    async renew(ownerId, callIds, leaseUntil) {
      const ids = jsonOf(callIds);
      await run([sql.renew], [ids, ownerId, leaseUntil]);
      return (await run([sql.lost], [ids, ownerId])).map(({ id }) => String(id));
    },
    async release(callId, ownerId) {
      await run([sql.release], [callId, ownerId]);
    },
    async eventsAfter(callId, position, limit) {
      const rows =
        callId === null
          ? await run([sql.eventsOfAll], [position, limit])
          : await run([sql.eventsOfCall], [position, limit, callId]);
      return rows.map(asEvent);
    },
    async lastPosition() {
      return Number((await run([sql.lastPosition], []))[0]?.['position'] ?? 0);
    },
  };
}

function upsertFor({ rows, gate, json }: Dialect): string {
  const changes = rows('$1', {
    id: 'text',
    direction: 'text',
    from_number: 'text',
    to_number: 'text',
    profile: 'text',
    sid: 'text',
    stage: 'text',
    answered_by: 'text',
    assignment: 'json',
    task_words: 'json',
    are_words_gone: 'number',
    result: 'json',
    is_result_wanted: 'number',
    is_settled: 'number',
    first_at: 'number',
    last_at: 'number',
    state: 'text',
    ended_at: 'number',
    end_reason: 'text',
    resume: 'json',
    summary: 'text',
    attention: 'number',
  });
  const facts = ['direction', 'from_number', 'to_number', 'profile', 'sid', 'answered_by'];
  const later = (column: string): string => `${column} = coalesce(excluded.${column}, c.${column})`;
  const ofState = (column: string): string =>
    `${column} = CASE WHEN excluded.state IS NULL THEN c.${column} ELSE excluded.${column} END`;
  const place = (column: string): string =>
    `CASE ${column} ${STAGES.map((stage, index) => `WHEN '${stage}' THEN ${index}`).join(' ')} ELSE -1 END`;
  return `INSERT INTO patchcord_calls AS c (id, ${facts.join(', ')}, stage, assignment, task_words, are_words_gone, result,
      is_result_wanted, is_settled, started_at, last_at, state, ended_at, end_reason, resume, summary, attention, owner_id, lease_until)
    SELECT p.id, ${facts.map((column) => `p.${column}`).join(', ')}, p.stage, p.assignment,
      CASE WHEN p.are_words_gone = 1 THEN NULL ELSE p.task_words END, p.are_words_gone, p.result,
      p.is_result_wanted, p.is_settled, p.first_at, p.last_at, p.state, p.ended_at, p.end_reason, ${json('p.resume')}, p.summary, CAST(p.attention AS INTEGER),
      CAST($3 AS TEXT), CAST($4 AS DOUBLE PRECISION)
    FROM ${changes} AS p ${gate} WHERE true
    ON CONFLICT (id) DO UPDATE SET
      ${[...facts, 'assignment', 'result', 'resume', 'summary'].map(later).join(', ')},
      stage = CASE WHEN ${place('excluded.stage')} > ${place('c.stage')} THEN excluded.stage ELSE c.stage END,
      are_words_gone = CASE WHEN excluded.are_words_gone = 1 THEN 1 ELSE c.are_words_gone END,
      task_words = CASE WHEN excluded.are_words_gone = 1 OR c.are_words_gone = 1 THEN NULL
        ELSE coalesce(excluded.task_words, c.task_words) END,
      is_result_wanted = CASE WHEN excluded.is_result_wanted = 1 THEN 1 ELSE c.is_result_wanted END,
      is_settled = CASE WHEN excluded.is_settled = 1 THEN 1 ELSE c.is_settled END,
      started_at = CASE WHEN excluded.started_at < c.started_at THEN excluded.started_at ELSE c.started_at END,
      attention = CASE WHEN excluded.attention IS NULL THEN c.attention
        ELSE (coalesce(c.attention, 0) & ${CALLBACK_BIT}) | excluded.attention END,
      last_at = CASE WHEN excluded.last_at > c.last_at THEN excluded.last_at ELSE c.last_at END,
      ${['state', 'ended_at', 'end_reason'].map(ofState).join(', ')}
    WHERE c.erased_at IS NULL AND (c.owner_id IS NULL OR c.owner_id = excluded.owner_id)`;
}

function insertFor({ rows, gate, json }: Dialect): string {
  const events = rows('$2', { call_id: 'text', number: 'number', at: 'number', type: 'text', body: 'json' });
  return `INSERT INTO patchcord_events (call_id, owner_id, number, at, type, body)
    SELECT e.call_id, CAST($3 AS TEXT), e.number, e.at, e.type, ${json('e.body')}
    FROM ${events} AS e ${gate}
    WHERE NOT EXISTS (SELECT 1 FROM patchcord_calls c WHERE c.id = e.call_id AND c.erased_at IS NOT NULL)
    ORDER BY e.number
    ON CONFLICT (owner_id, number) DO NOTHING`;
}

function statementsFor({ texts, gate }: Dialect) {
  return {
    load: `SELECT ${CALL_COLUMNS} FROM patchcord_calls WHERE id = $1 AND erased_at IS NULL`,
    loadBySid: `SELECT ${CALL_COLUMNS} FROM patchcord_calls
      WHERE (sid = $1 OR (id = $1 AND coalesce(direction, 'inbound') = 'inbound')) AND erased_at IS NULL LIMIT 1`,
    abandoned: `SELECT ${CALL_COLUMNS} FROM patchcord_calls
      WHERE ((direction = 'outbound' AND is_settled = 0) OR (is_result_wanted = 1 AND is_settled = 0 AND ended_at IS NOT NULL))
        AND (owner_id IS NULL OR lease_until < $1)
      ORDER BY started_at, id LIMIT $2`,
    claim: `UPDATE patchcord_calls SET owner_id = $2, lease_until = $4, claims = claims + 1
      WHERE id = $1 AND erased_at IS NULL
        AND (owner_id IS NULL OR owner_id = $2 OR lease_until < $3 OR claims = $5)
      RETURNING ${CALL_COLUMNS}`,
    renew: `UPDATE patchcord_calls SET lease_until = $3
      WHERE owner_id = $2 AND id IN (SELECT t.value FROM ${texts('$1')} AS t ${gate})`,
    lost: `SELECT c.id FROM patchcord_calls c
      WHERE c.owner_id <> $2 AND c.id IN (SELECT t.value FROM ${texts('$1')} AS t)`,
    release: `UPDATE patchcord_calls SET owner_id = NULL, lease_until = NULL WHERE id = $1 AND owner_id = $2`,
    eventsOfAll: `SELECT ${EVENT_COLUMNS} FROM patchcord_events WHERE position > $1 ORDER BY position LIMIT $2`,
    eventsOfCall: `SELECT ${EVENT_COLUMNS} FROM patchcord_events WHERE position > $1 AND call_id = $3
      ORDER BY position LIMIT $2`,
    lastPosition: `SELECT max(position) AS position FROM patchcord_events`,
  };
}

/** An absent value reads as NULL. */
function changeRow(change: CallChange) {
  const { lastAt, direction, profile, sid, stage, result, state, resume, summary } = change;
  return {
    id: change.callId,
    from_number: change.from,
    to_number: change.to,
    answered_by: change.answeredBy,
    ...assignmentColumns(change.assignment ?? null),
    are_words_gone: change.areWordsGone ? 1 : 0,
    is_result_wanted: change.isResultWanted ? 1 : 0,
    is_settled: change.isSettled ? 1 : 0,
    first_at: change.firstAt,
    last_at: lastAt,
    state: state?.is,
    ...(state?.is === 'ended' ? { ended_at: lastAt, end_reason: state.reason } : {}),
    direction,
    profile,
    sid,
    stage,
    result,
    resume,
    ...(summary === undefined
      ? {}
      : { summary: JSON.stringify(summary), attention: attentionBits(summary.attention) }),
  };
}

function eventRow({ number, event: { callId, at, type, ...body } }: NumberedEvent) {
  return { call_id: callId, number, at, type, body };
}
