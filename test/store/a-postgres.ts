// A real Postgres for tests: the one that `DATABASE_URL_TEST` names, whose user may create databases; else the one of
// this vitest run (postgres-keeper.ts); else, where vitest was started without that, one of the test file's own.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
import { type OwnPostgres, startPostgres } from '../../sandbox/postgres.ts';
import type {} from './postgres-keeper.ts';

export interface TestDatabase {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

let own: Promise<OwnPostgres> | null = null;
afterAll(async () => {
  await (await own)?.stop();
});

/** An empty database; `stop` leaves nothing of it. */
export async function aPostgresDatabase(): Promise<TestDatabase> {
  const server = await urlOfPostgres();
  const name = `patchcord_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    stop: async () => {
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function urlOfPostgres(): Promise<string> {
  const given = process.env['DATABASE_URL_TEST'] ?? '';
  if (given !== '') return given;
  const keeper = inject('postgresKeeper');
  if (keeper === undefined) return (await (own ??= startPostgres())).url;
  const response = await fetch(keeper);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query(sql);
  await client.end();
}
