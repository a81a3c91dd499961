// What a number's webhooks were before the first change made here, so that it can be undone. Written before the
// change, for its owner only: a webhook's URL may hold a password.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../call/error-code.ts';
import { isRecord, parsedJson } from '../../call/json.ts';
import { WEBHOOK_FIELDS, type Webhooks } from '../../phone/twilio-numbers.ts';

export const UNDO_FILE = '.patchcord-number.json';

export interface Change {
  readonly changedAt: string;
  readonly before: Webhooks;
  /** What was left behind; anything else on file now is somebody else's. */
  readonly after: Webhooks;
}

export class UndoFileError extends Error {}

export class UndoFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {UndoFileError} when there is a file which cannot be understood. */
  find(phoneNumber: string): Change | null {
    return this.#read().get(phoneNumber) ?? null;
  }

  /** @throws {UndoFileError} when it cannot be kept, in which case nothing must be changed. */
  keep(phoneNumber: string, change: Change): void {
    this.#write(this.#read().set(phoneNumber, change));
  }

  forget(phoneNumber: string): void {
    const changes = this.#read();
    if (changes.delete(phoneNumber)) this.#write(changes);
  }

  #read(): Map<string, Change> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Map();
      throw new UndoFileError(`${this.path} cannot be read. Check whose it is.`);
    }
    const changes = changesIn(text);
    if (changes === null) {
      throw new UndoFileError(`${this.path} is not as it was written. Move it away, and look into it.`);
    }
    return changes;
  }

  #write(changes: ReadonlyMap<string, Change>): void {
    try {
      if (changes.size === 0) return rmSync(this.path, { force: true });
      // In one step, so that a process that dies in between leaves the old file or the new one.
      const draft = `${this.path}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify(Object.fromEntries(changes), null, 2)}\n`, { mode: 0o600 });
      renameSync(draft, this.path);
    } catch {
      throw new UndoFileError(
        `${this.path} cannot be written, and without it nothing can be undone. Check the folder.`,
      );
    }
  }
}

function changesIn(text: string): Map<string, Change> | null {
  const value = parsedJson(text);
  if (!isRecord(value)) return null;
  const entries = Object.entries(value).filter((entry): entry is [string, Change] => isChange(entry[1]));
  return entries.length === Object.keys(value).length ? new Map(entries) : null;
}

function isChange(value: unknown): value is Change {
  return (
    isRecord(value) &&
    typeof value['changedAt'] === 'string' &&
    isWebhooks(value['before']) &&
    isWebhooks(value['after'])
  );
}

function isWebhooks(value: unknown): value is Webhooks {
  return isRecord(value) && WEBHOOK_FIELDS.every((field) => typeof value[field] === 'string');
}
