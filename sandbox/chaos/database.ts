// Where the relays keep their records, and how that is taken from them for a while: Postgres cannot be reached, and a
// SQLite file is held by somebody else who writes.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../postgres.ts';
import { Network } from './network.ts';
import type { Random } from './random.ts';

export interface Database {
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** The way there; null where there is none. */
  readonly network: Network | null;
  goDown(): Promise<void>;
  comeBack(): void;
  close(): Promise<void>;
}

const TRY_AGAIN_MS = 20;
const TRIES = 100;

export function sqliteIn(folder: string): Database {
  const path = join(folder, 'calls.db');
  let holder: DatabaseSync | null = null;
  const letGo = (): void => {
    holder?.close();
    holder = null;
  };
  return {
    url: `sqlite:${path}`,
    network: null,
    async goDown() {
      const file = (holder = new DatabaseSync(path));
      // Retries while another connection is writing, without blocking this process.
      for (let tries = 1; ; tries++) {
        try {
          return file.exec('BEGIN EXCLUSIVE');
        } catch (error) {
          if (tries === TRIES) throw error;
        }
        await pause(TRY_AGAIN_MS);
      }
    },
    comeBack: letGo,
    async close() {
      letGo();
    },
  };
}

export async function postgresFor(givenUrl: string | undefined, random: Random): Promise<Database> {
  const own = givenUrl === undefined ? await startPostgres() : null;
  const { network, url } = await Network.to(givenUrl ?? own?.url ?? '', random);
  return {
    url,
    network,
    async goDown() {
      network.cut();
    },
    comeBack: () => network.mend(),
    async close() {
      await network.close();
      await own?.stop();
    },
  };
}
