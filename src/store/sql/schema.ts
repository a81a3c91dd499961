// The tables, as migration steps: a released step is never changed; a new one is appended. A process that runs while another
// migrates keeps using the tables as it knows them, so a step only adds to them.

/** Instants are milliseconds since the epoch. `state` is null, and counts as live, until the call's start is known. */
function firstStep(json: string, position: string): string {
  return `
    CREATE TABLE patchcord_calls (
      id TEXT PRIMARY KEY,
      direction TEXT,
      from_number TEXT,
      to_number TEXT,
      profile TEXT,
      started_at DOUBLE PRECISION NOT NULL,
      last_at DOUBLE PRECISION NOT NULL,
      state TEXT,
      ended_at DOUBLE PRECISION,
      end_reason TEXT,
      owner_id TEXT,
      lease_until DOUBLE PRECISION,
      claims INTEGER NOT NULL DEFAULT 0,
      resume ${json},
      erased_at DOUBLE PRECISION
    );
    CREATE INDEX patchcord_calls_started ON patchcord_calls (started_at DESC, id DESC);
    CREATE INDEX patchcord_calls_last ON patchcord_calls (last_at);
    CREATE INDEX patchcord_calls_from ON patchcord_calls (from_number);
    CREATE INDEX patchcord_calls_to ON patchcord_calls (to_number);
    CREATE TABLE patchcord_events (
      position ${position},
      call_id TEXT NOT NULL REFERENCES patchcord_calls (id) ON DELETE CASCADE,
      owner_id TEXT NOT NULL,
      number DOUBLE PRECISION NOT NULL,
      at DOUBLE PRECISION NOT NULL,
      type TEXT NOT NULL,
      body ${json} NOT NULL,
      UNIQUE (owner_id, number)
    );
    CREATE INDEX patchcord_events_call ON patchcord_events (call_id, position);
  `;
}

/**
 * Outbound calls. `assignment` and `result` are JSON that keeps the order of its names. The words of the assignment are in
 * `task_words`, so that they can be erased while the rest stays (`are_words_gone`: and never come back).
 */
function secondStep(json: string, orderedJson: string, position: string): string {
  return `
    ALTER TABLE patchcord_calls ADD COLUMN sid TEXT;
    ALTER TABLE patchcord_calls ADD COLUMN stage TEXT;
    ALTER TABLE patchcord_calls ADD COLUMN answered_by TEXT;
    ALTER TABLE patchcord_calls ADD COLUMN assignment ${orderedJson};
    ALTER TABLE patchcord_calls ADD COLUMN task_words ${orderedJson};
    ALTER TABLE patchcord_calls ADD COLUMN are_words_gone INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE patchcord_calls ADD COLUMN result ${orderedJson};
    ALTER TABLE patchcord_calls ADD COLUMN is_settled INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX patchcord_calls_sid ON patchcord_calls (sid);
    CREATE INDEX patchcord_calls_live ON patchcord_calls (started_at DESC, id DESC)
      WHERE ended_at IS NULL AND erased_at IS NULL;
    CREATE INDEX patchcord_calls_unsettled ON patchcord_calls (started_at, id)
      WHERE direction = 'outbound' AND is_settled = 0;
    CREATE TABLE patchcord_callbacks (
      position ${position},
      id TEXT NOT NULL UNIQUE,
      call_id TEXT NOT NULL REFERENCES patchcord_calls (id) ON DELETE CASCADE,
      url TEXT NOT NULL,
      body TEXT NOT NULL,
      created_at DOUBLE PRECISION NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_at DOUBLE PRECISION,
      delivered_at DOUBLE PRECISION,
      last_problem TEXT
    );
    CREATE INDEX patchcord_callbacks_call ON patchcord_callbacks (call_id, position);
    CREATE INDEX patchcord_callbacks_due ON patchcord_callbacks (next_at) WHERE next_at IS NOT NULL;
    CREATE TABLE patchcord_steerings (
      position ${position},
      call_id TEXT NOT NULL REFERENCES patchcord_calls (id) ON DELETE CASCADE,
      at DOUBLE PRECISION NOT NULL,
      body ${json} NOT NULL
    );
    CREATE INDEX patchcord_steerings_call ON patchcord_steerings (call_id);
    CREATE TABLE patchcord_reservations (
      key TEXT PRIMARY KEY,
      call_id TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      kept_until DOUBLE PRECISION NOT NULL
    );
    CREATE INDEX patchcord_reservations_call ON patchcord_reservations (call_id);
    CREATE INDEX patchcord_reservations_until ON patchcord_reservations (kept_until);
    CREATE TABLE patchcord_processes (
      owner_id TEXT PRIMARY KEY,
      beat_at DOUBLE PRECISION NOT NULL,
      is_leaving INTEGER NOT NULL
    );
  `;
}

/** Counters of outbound calls. Their keys hold phone numbers, so an expired one is removed. */
const THIRD_STEP = `
  CREATE TABLE patchcord_counts (
    key TEXT PRIMARY KEY,
    points DOUBLE PRECISION NOT NULL,
    most DOUBLE PRECISION NOT NULL,
    kept_until DOUBLE PRECISION NOT NULL
  );
  CREATE INDEX patchcord_counts_until ON patchcord_counts (kept_until);
`;

/** The operator's token, where OPERATOR_TOKEN names none. */
const FOURTH_STEP = `
  CREATE TABLE patchcord_token (id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL);
`;

/**
 * What calls came to, in numbers. `attention` holds a bit for each reason to look at a call, by its place in ATTENTION; null
 * counts as none.
 */
const FIFTH_STEP = `
  ALTER TABLE patchcord_calls ADD COLUMN summary TEXT;
  ALTER TABLE patchcord_calls ADD COLUMN attention INTEGER;
  CREATE INDEX patchcord_calls_attention ON patchcord_calls (started_at DESC, id DESC)
    WHERE attention > 0 AND erased_at IS NULL;
`;

/** Inbound calls of which something is wanted once they are over. */
const SIXTH_STEP = `
  ALTER TABLE patchcord_calls ADD COLUMN is_result_wanted INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX patchcord_calls_wanted ON patchcord_calls (started_at, id)
    WHERE is_result_wanted = 1 AND is_settled = 0;
`;

/** The webhooks of the account's numbers from before this relay changed them, as JSON. */
const SEVENTH_STEP = `
  CREATE TABLE patchcord_number_changes (
    phone_number TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL,
    webhooks TEXT NOT NULL
  );
`;

const SQLITE_POSITION = 'INTEGER PRIMARY KEY AUTOINCREMENT';
const POSTGRES_POSITION = 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY';

export const SQLITE_STEPS: readonly string[] = [
  firstStep('TEXT', SQLITE_POSITION),
  secondStep('TEXT', 'TEXT', SQLITE_POSITION),
  THIRD_STEP,
  FOURTH_STEP,
  FIFTH_STEP,
  SIXTH_STEP,
  SEVENTH_STEP,
];

export const POSTGRES_STEPS: readonly string[] = [
  firstStep('JSONB', POSTGRES_POSITION),
  secondStep('JSONB', 'JSON', POSTGRES_POSITION),
  // The counters of earlier versions, which hold phone numbers. An earlier version that still runs refuses outbound calls.
  `${THIRD_STEP} DROP TABLE IF EXISTS patchcord_outbound_counts;`,
  FOURTH_STEP,
  FIFTH_STEP,
  SIXTH_STEP,
  SEVENTH_STEP,
];
