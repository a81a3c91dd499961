// Where the counts are kept: in Postgres, where several processes share them, or in this process, which forgets them
// when it ends. The library would make its table once and never again if the database was away just then, and names its
// statements, which a pooler minds; so table and questions are ours.
import { Pool } from 'pg';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';

export interface CountStore {
  /** Whether other processes count here too, and whoever comes after this one. */
  readonly isShared: boolean;
  limiter(name: string, points: number, durationS: number): RateLimiterAbstract;
  close(): Promise<void>;
}

const TABLE = 'patchcord_outbound_counts';
/** A call is not placed before it was counted: who waits longer hears that it is busy. */
const CONNECT_MS = 3000;
const QUERY_MS = 3000;
const CONNECTIONS = 2;
const SWEEP_MS = 3_600_000;

export function memoryCounts(): CountStore {
  return {
    isShared: false,
    limiter: (name, points, duration) => new RateLimiterMemory({ keyPrefix: name, points, duration }),
    close: () => Promise.resolve(),
  };
}

export function postgresCounts(url: string): CountStore {
  const table = new CountTable(url);
  return {
    isShared: true,
    limiter: (name, points, duration) =>
      new RateLimiterPostgres({
        storeClient: table,
        storeType: 'client',
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix: name,
        points,
        duration,
      }),
    close: () => table.close(),
  };
}

/** What the library takes for a client. */
class CountTable {
  readonly #pool: Pool;
  #made: Promise<unknown> | null = null;
  #sweptAt = 0;
  #closing: Promise<void> | null = null;

  constructor(url: string) {
    this.#pool = new Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'patchcord',
    });
    // An idle connection that breaks; the next question dials anew.
    this.#pool.on('error', () => {});
  }

  async query({ text, values }: { readonly text: string; readonly values?: unknown[] }) {
    await (this.#made ??= this.#make().catch((error: unknown) => {
      // The next question tries again.
      this.#made = null;
      throw error;
    }));
    this.#sweep();
    return this.#pool.query(text, values);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#pool.end());
  }

  async #make(): Promise<void> {
    const sql = `CREATE TABLE IF NOT EXISTS ${TABLE} (key varchar(255) PRIMARY KEY, points integer NOT NULL, expire bigint)`;
    // Two who make it at once: one of them is told so, and finds it made.
    await this.#pool.query(sql).catch(() => this.#pool.query(sql));
  }

  /** The keys hold phone numbers: what is over goes, within the hour in which anybody asks again. */
  #sweep(): void {
    const now = Date.now();
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    this.#pool.query(`DELETE FROM ${TABLE} WHERE expire < $1`, [now]).catch(() => {});
  }
}
