// The store over SQL, the same for both databases, put together from one file for each thing that it keeps. What makes it
// safe for several processes is in the statements, never in what was read before.
import type { CallbackStore } from '../../call/callback-store.ts';
import type { CallStore } from '../../call/call-store.ts';
import type { CountStore } from '../../call/count-store.ts';
import type { NumberChangeStore } from '../../call/number-webhooks.ts';
import type { TokenStore } from '../kept-token.ts';
import type { Database, Run } from './database.ts';
import { callsOver } from './sql-calls.ts';
import { callbacksOver } from './sql-callbacks.ts';
import { countsOver } from './sql-counts.ts';
import { erasingOver } from './sql-erasing.ts';
import { listOver } from './sql-list.ts';
import { numberChangesOver } from './sql-number-changes.ts';
import { processesOver } from './sql-processes.ts';
import { reservationsOver } from './sql-reservations.ts';
import { steeringsOver } from './sql-steerings.ts';
import { tokenOver } from './sql-token.ts';

/** Writes nothing new, but fails if nothing could be written. */
const PING = `UPDATE patchcord_calls SET claims = claims WHERE id = ''`;

/** All that a relay keeps. */
export type Store = CallStore & CallbackStore & CountStore & NumberChangeStore & TokenStore;

/** `keepsWords` false: the body of a callback is blanked once it is delivered or given up. */
export function sqlStore(database: Database, keepsWords: boolean): Store {
  const { dialect } = database;
  let opening: Promise<void> | null = null;

  /** After a failure, the next use tries again. */
  function open(): Promise<void> {
    opening ??= database.open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  const run: Run = async (statements, values) => {
    await open();
    return database.run(statements, values);
  };

  return {
    kind: database.kind,
    open,
    ...callsOver(run, dialect),
    ...listOver(run),
    ...steeringsOver(run, dialect),
    ...reservationsOver(run, dialect),
    ...processesOver(run, dialect),
    ...callbacksOver(run, dialect, keepsWords),
    ...countsOver(run, dialect),
    ...erasingOver(run, dialect),
    ...numberChangesOver(run),
    ...tokenOver(run),
    async ping() {
      await run([PING], []);
    },
    close: () => database.close(),
  };
}
