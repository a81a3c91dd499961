// The CallStore over SQL, the same for both databases. What makes it safe for several processes is in three places: the
// unique number of an event (written twice is written once), the WHERE of the upsert (a process that lost the call
// changes no fact of it), and the WHERE of the claim (compare and set).
import type { CallChange } from '../call/call-record.ts';
import type { Batch, CallPage, CallQuery, CallStore, Claim, NumberedEvent } from '../call/call-store.ts';
import type { Database, Value } from './database.ts';
import { asCall, asEvent, CALL_COLUMNS, EVENT_COLUMNS } from './rows.ts';

/** So many old calls are removed at a time: what is to be written goes between. */
const ERASED_AT_ONCE = 50;
const MOST_LISTED = 1000;

export function sqlCallStore(database: Database): CallStore {
  const sql = statementsFor(database);
  let opening: Promise<void> | null = null;

  /** A store that could not be opened is tried again with the next use. */
  function open(): Promise<void> {
    opening ??= database.open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  async function run(statements: readonly string[], values: readonly Value[]) {
    await open();
    return database.run(statements, values);
  }

  return {
    kind: database.kind,
    open,
    async append(batch: Batch) {
      const { ownerId, leaseUntil, changes, events } = batch;
      const values = [jsonOf(changes.map(changeRow)), jsonOf(events.map(eventRow)), ownerId, leaseUntil];
      await run(sql.append, values);
    },
    async load(callId) {
      return (await run([sql.load], [callId])).map(asCall)[0] ?? null;
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
    async list(query) {
      return pageOf(query, (statement, values) => run([statement], values));
    },
    async eventsAfter(callId, position, limit) {
      const rows =
        callId === null
          ? await run([sql.eventsOfAll], [position, limit])
          : await run([sql.eventsOfCall], [position, limit, callId]);
      return rows.map(asEvent);
    },
    async erase(callId) {
      const erased = await run([sql.bury], [callId]);
      // From here on nothing new of the call gets in, save from who was at it already.
      if (sql.waitForGate !== null) await run([sql.waitForGate], []);
      const events = await run([sql.eraseEvents], [callId]);
      return erased.length + events.length > 0;
    },
    async eraseOlderThan(at) {
      let count = 0;
      for (;;) {
        const erased = await run([sql.eraseOld], [at, ERASED_AT_ONCE]);
        count += erased.length;
        if (erased.length < ERASED_AT_ONCE) return count;
      }
    },
    async ping() {
      await run([sql.ping], []);
    },
    close: () => database.close(),
  };
}

function statementsFor({ dialect }: Database) {
  const { rows, texts, gate, waitForGate, json } = dialect;
  const changes = rows('$1', {
    id: 'text',
    direction: 'text',
    from_number: 'text',
    to_number: 'text',
    profile: 'text',
    first_at: 'number',
    last_at: 'number',
    state: 'text',
    ended_at: 'number',
    end_reason: 'text',
    resume: 'json',
  });
  const events = rows('$2', { call_id: 'text', number: 'number', at: 'number', type: 'text', body: 'json' });
  const later = (column: string): string => `${column} = coalesce(excluded.${column}, c.${column})`;
  const ofState = (column: string): string =>
    `${column} = CASE WHEN excluded.state IS NULL THEN c.${column} ELSE excluded.${column} END`;

  return {
    append: [
      `INSERT INTO patchcord_calls AS c (id, direction, from_number, to_number, profile, started_at, last_at, state,
         ended_at, end_reason, resume, owner_id, lease_until)
       SELECT p.id, p.direction, p.from_number, p.to_number, p.profile, p.first_at, p.last_at, p.state,
         p.ended_at, p.end_reason, ${json('p.resume')}, CAST($3 AS TEXT), CAST($4 AS DOUBLE PRECISION)
       FROM ${changes} AS p ${gate} WHERE true
       ON CONFLICT (id) DO UPDATE SET
         ${['direction', 'from_number', 'to_number', 'profile', 'resume'].map(later).join(', ')},
         started_at = CASE WHEN excluded.started_at < c.started_at THEN excluded.started_at ELSE c.started_at END,
         last_at = CASE WHEN excluded.last_at > c.last_at THEN excluded.last_at ELSE c.last_at END,
         ${['state', 'ended_at', 'end_reason'].map(ofState).join(', ')}
       WHERE c.erased_at IS NULL AND (c.owner_id IS NULL OR c.owner_id = excluded.owner_id)`,
      `INSERT INTO patchcord_events (call_id, owner_id, number, at, type, body)
       SELECT e.call_id, CAST($3 AS TEXT), e.number, e.at, e.type, ${json('e.body')}
       FROM ${events} AS e ${gate}
       WHERE NOT EXISTS (SELECT 1 FROM patchcord_calls c WHERE c.id = e.call_id AND c.erased_at IS NOT NULL)
       ORDER BY e.number
       ON CONFLICT (owner_id, number) DO NOTHING`,
    ],
    load: `SELECT ${CALL_COLUMNS} FROM patchcord_calls WHERE id = $1 AND erased_at IS NULL`,
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
    bury: `UPDATE patchcord_calls SET erased_at = last_at, direction = NULL, from_number = NULL, to_number = NULL,
         profile = NULL, state = NULL, ended_at = NULL, end_reason = NULL, owner_id = NULL, lease_until = NULL,
         resume = NULL
       WHERE id = $1 AND erased_at IS NULL RETURNING id`,
    waitForGate,
    eraseEvents: `DELETE FROM patchcord_events WHERE call_id = $1 RETURNING number`,
    eraseOld: `DELETE FROM patchcord_calls
       WHERE id IN (SELECT id FROM patchcord_calls WHERE last_at < $1 ORDER BY last_at LIMIT $2) RETURNING id`,
    ping: `UPDATE patchcord_calls SET claims = claims WHERE id = ''`,
  };
}

function changeRow({ callId, firstAt, lastAt, from, to, state, resume }: CallChange) {
  return {
    id: callId,
    direction: resume?.direction ?? null,
    from_number: from,
    to_number: to,
    profile: resume?.profile ?? null,
    first_at: firstAt,
    last_at: lastAt,
    state: state?.is ?? null,
    ended_at: state?.is === 'ended' ? lastAt : null,
    end_reason: state?.is === 'ended' ? state.reason : null,
    resume,
  };
}

function eventRow({ number, event: { callId, at, type, ...body } }: NumberedEvent) {
  return { call_id: callId, number, at, type, body };
}

/** JSON without what Postgres takes for no text at all: NUL, and halves of characters. */
function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part,
  );
}

async function pageOf(
  query: CallQuery,
  run: (statement: string, values: Value[]) => Promise<Parameters<typeof asCall>[0][]>,
): Promise<CallPage> {
  const values: Value[] = [];
  const put = (value: Value): string => `$${values.push(value)}`;
  const wanted = ['erased_at IS NULL'];
  if (query.state === 'live') wanted.push(`coalesce(state, 'live') = 'live'`);
  if (query.state === 'ended') wanted.push(`state = 'ended'`);
  if (query.direction !== undefined) wanted.push(`coalesce(direction, 'inbound') = ${put(query.direction)}`);
  if (query.number !== undefined) {
    const number = put(query.number);
    wanted.push(`(from_number = ${number} OR to_number = ${number})`);
  }
  if (query.since !== undefined) wanted.push(`started_at >= ${put(query.since)}`);
  if (query.until !== undefined) wanted.push(`started_at < ${put(query.until)}`);
  const after = query.cursor === undefined ? null : placeOf(query.cursor);
  if (after !== null) {
    const at = put(after.startedAt);
    wanted.push(`(started_at < ${at} OR (started_at = ${at} AND id < ${put(after.id)}))`);
  }
  const limit = Math.max(1, Math.min(MOST_LISTED, query.limit));
  const rows = await run(
    `SELECT ${CALL_COLUMNS} FROM patchcord_calls WHERE ${wanted.join(' AND ')}
     ORDER BY started_at DESC, id DESC LIMIT ${put(limit + 1)}`,
    values,
  );
  const calls = rows.slice(0, limit).map(asCall);
  const last = calls.at(-1);
  return { calls, next: rows.length > limit && last !== undefined ? `${last.startedAt}_${last.id}` : null };
}

/** A page's last call, from its cursor; null where it is none. */
function placeOf(cursor: string): { startedAt: number; id: string } | null {
  const [, startedAt, id] = /^(-?\d+(?:\.\d+)?)_(.*)$/s.exec(cursor) ?? [];
  return startedAt === undefined || id === undefined ? null : { startedAt: Number(startedAt), id };
}
