// Keeps a number's webhooks from before the first change, for undo. It is written before the change, readable by its owner
// only: a webhook's URL may hold a password.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../../call/error-code.ts';
import { parsedJson } from '../../call/json.ts';
import { WEBHOOK_FIELDS } from '../../phone/twilio-numbers.ts';

export const UNDO_FILE = '.patchcord-number.json';

const webhooksSchema = z.record(z.enum(WEBHOOK_FIELDS), z.string());
const changeSchema = z.object({
  changedAt: z.string(),
  before: webhooksSchema,
  /** Anything else on file now is somebody else's change. */
  after: webhooksSchema,
});
const fileSchema = z.record(z.string(), changeSchema);

export type Change = Readonly<z.infer<typeof changeSchema>>;

export class UndoFileError extends Error {}

export class UndoFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {UndoFileError} if the file cannot be read or understood. */
  find(phoneNumber: string): Change | null {
    return this.#read().get(phoneNumber) ?? null;
  }

  /** @throws {UndoFileError} if it cannot be written; then nothing may be changed. */
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
      throw new UndoFileError(`${this.path} cannot be read. Check its owner.`);
    }
    const { data } = fileSchema.safeParse(parsedJson(text));
    if (data === undefined)
      throw new UndoFileError(`${this.path} is damaged. Move it away, and look into it.`);
    return new Map(Object.entries(data));
  }

  #write(changes: ReadonlyMap<string, Change>): void {
    try {
      if (changes.size === 0) return rmSync(this.path, { force: true });
      // Rename, so that a process that dies leaves the old file or the new one.
      const draft = `${this.path}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify(Object.fromEntries(changes), null, 2)}\n`, { mode: 0o600 });
      renameSync(draft, this.path);
    } catch {
      throw new UndoFileError(
        `${this.path} cannot be written, so the change could not be undone. Check the folder.`,
      );
    }
  }
}
