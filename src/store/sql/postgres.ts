// Postgres, for machines that share their calls. Except for the migration, every transaction is one statement, so a machine
// that vanishes leaves no lock behind. Works through a pooler (PgBouncer): nothing depends on a session.
import type { Pool, PoolClient } from 'pg';
import { codeOf } from '../../call/error-code.ts';
import { StoreError } from '../../call/call-store.ts';
import type { Database, Dialect, Row, Value } from './database.ts';
import { POSTGRES_STEPS } from './schema.ts';

/** Names of advisory locks: two numbers that no other user of the database takes. */
const MIGRATING = 7_283_001;
const WRITING = 7_283_002;
const CONNECT_MS = 5000;
const QUERY_MS = 10_000;
/** One writes; the others serve claims, counts and the operator's queries. */
const CONNECTIONS = 4;
/** SQLSTATE classes: cardinality, data, integrity, limits. */
const ABOUT_DATA = /^(?:21|22|23|54)/;

const TYPES = { text: 'text', number: 'double precision', json: 'json' } as const;

const DIALECT: Dialect = {
  rows: (value, columns) =>
    `(SELECT * FROM json_to_recordset(CAST(${value} AS json)) AS r(${Object.entries(columns)
      .map(([name, type]) => `${name} ${TYPES[type]}`)
      .join(', ')}))`,
  texts: (value) => `json_array_elements_text(CAST(${value} AS json))`,
  gate: `CROSS JOIN (SELECT pg_advisory_xact_lock(${WRITING})) AS gate`,
  waitForGate: `SELECT pg_advisory_xact_lock(${WRITING})`,
  json: (value) => `CAST(${value} AS jsonb)`,
  emptyLog: null,
  keepCall: 'FOR SHARE',
  skipTaken: 'FOR UPDATE SKIP LOCKED',
};

export function postgresDatabase(url: string): Database {
  let pool: Promise<Pool> | null = null;
  const opened = (): Promise<Pool> => (pool ??= openPool(url));
  let closing: Promise<void> | null = null;

  return {
    kind: 'postgres',
    dialect: DIALECT,
    open: () => told(async () => migrate(await opened())),
    run: (statements, values) => told(async () => run(await opened(), statements, values)),
    close: () => (closing ??= told(async () => (await pool)?.end())),
  };
}

/** Imports the driver only here: most relays have SQLite. */
async function openPool(url: string): Promise<Pool> {
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'patchcord',
  });
  // An idle connection broke; the next query opens a new one.
  pool.on('error', () => {});
  return pool;
}

async function run(pool: Pool, statements: readonly string[], values: readonly Value[]): Promise<Row[]> {
  const [last = '', ...before] = statements.toReversed();
  const earlier = before.toReversed().map((sql, index) => `step${index} AS (${sql})`);
  const sql = earlier.length === 0 ? last : `WITH ${earlier.join(', ')} ${last}`;
  const { rows } = await pool.query<Row>(sql, [...values]);
  return rows;
}

async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await takeSteps(client);
  } catch (error) {
    failure = error instanceof Error ? error : new Error('no Error');
    throw error;
  } finally {
    // A connection in an unknown state must not be used again.
    client.release(failure);
  }
}

async function takeSteps(client: PoolClient): Promise<void> {
  await client.query('BEGIN');
  // If this machine vanishes meanwhile, the next one can migrate.
  await client.query(`SET LOCAL idle_in_transaction_session_timeout = '10s'`);
  await client.query(`SELECT pg_advisory_xact_lock(${MIGRATING})`);
  await client.query('CREATE TABLE IF NOT EXISTS patchcord_schema (version INTEGER NOT NULL)');
  const { rows } = await client.query<Row>('SELECT max(version) AS version FROM patchcord_schema');
  const version = Number(rows[0]?.['version'] ?? 0);
  for (const [index, step] of POSTGRES_STEPS.entries()) {
    if (index < version) continue;
    await client.query(step);
    await client.query('INSERT INTO patchcord_schema (version) VALUES ($1)', [index + 1]);
  }
  await client.query('COMMIT');
}

/** Rejects with a StoreError only. The driver's messages may hold values, and its URL a password. */
async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const code = codeOf(error) ?? 'CONNECTION';
    throw new StoreError(code, ABOUT_DATA.test(code));
  }
}
