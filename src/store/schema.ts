// The tables, as steps: a step that was released is never changed, the next one is added behind it. A process that
// runs while another migrates keeps working with its older idea of the tables, so a step only adds.

/** Instants are milliseconds since the epoch. `state` is null until the call's beginning is known: then it counts as live. */
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

export const SQLITE_STEPS: readonly string[] = [firstStep('TEXT', 'INTEGER PRIMARY KEY AUTOINCREMENT')];

export const POSTGRES_STEPS: readonly string[] = [
  firstStep('JSONB', 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY'),
];
