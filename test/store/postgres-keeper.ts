// For vitest's `globalSetup`: one Postgres a run, started when the first test file asks for it, by HTTP because files
// run in processes of their own.
import { createServer, type Server } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type OwnPostgres, startPostgres } from '../../sandbox/postgres.ts';
import { listen } from '../support/listen.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the keeper answers with the URL of this run's Postgres. */
    postgresKeeper?: string;
  }
}

let keeper: Server | null = null;
let kept: Promise<OwnPostgres> | null = null;

export async function setup(project: TestProject): Promise<void> {
  keeper = createServer((_req, res) => {
    kept ??= startPostgres();
    kept.then(
      ({ url }) => res.end(url),
      (error: unknown) => res.writeHead(500).end(String(error)),
    );
  });
  project.provide('postgresKeeper', `http://127.0.0.1:${await listen(keeper)}`);
}

export async function teardown(): Promise<void> {
  keeper?.closeAllConnections();
  keeper?.close();
  await (await kept)?.stop();
}
