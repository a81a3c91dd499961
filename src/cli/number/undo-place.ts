// Where the command keeps what undo needs: in the relay's database, so that Health undoes it as well. An older version's file is
// still read; a database in memory is the relay's own, so that there the file stays in use.
import { existsSync } from 'node:fs';
import type { NumberChangeStore } from '../../call/number-webhooks.ts';
import { chooseStore, fileOf, isInMemory } from '../../store/choose-store.ts';
import type { UndoFile } from './undo-file.ts';

export interface UndoPlace extends NumberChangeStore {
  /** For people. */
  readonly name: string;
  close(): Promise<void>;
}

/** `databaseUrl` must have no problem. */
export function undoPlace(databaseUrl: string, file: UndoFile): UndoPlace {
  if (isInMemory(databaseUrl))
    return {
      name: file.path,
      numberChanges: () => file.numberChanges(),
      keepNumberChange: (...change) => file.keepNumberChange(...change),
      forgetNumberChange: (...change) => file.forgetNumberChange(...change),
      close: async () => {},
    };
  const store = chooseStore(databaseUrl);
  const database = fileOf(databaseUrl);
  return {
    name: database ?? 'the database',
    async numberChanges() {
      // Opening a SQLite file creates it.
      if (database !== null && !existsSync(database)) return file.numberChanges();
      return new Map([...(await file.numberChanges()), ...(await store.numberChanges())]);
    },
    async keepNumberChange(phoneNumber, change, instead) {
      const old = (await file.numberChanges()).get(phoneNumber)?.id ?? null;
      const isOfFile = old !== null && old === instead;
      if (!(await store.keepNumberChange(phoneNumber, change, isOfFile ? null : instead))) return false;
      if (old !== null) await file.forgetNumberChange(phoneNumber, old);
      return true;
    },
    async forgetNumberChange(phoneNumber, id) {
      await store.forgetNumberChange(phoneNumber, id);
      const old = (await file.numberChanges()).get(phoneNumber)?.id;
      if (old !== undefined) await file.forgetNumberChange(phoneNumber, old);
    },
    close: () => store.close(),
  };
}
