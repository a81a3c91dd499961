// Keeps numbers' webhooks for undo in a file, where the database keeps nothing beyond a process: readable by its owner only,
// because a webhook's URL may hold a password. Versions before the database kept them used this file always.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../../call/error-code.ts';
import { parsedJson } from '../../call/json.ts';
import { type NumberChange, type NumberChangeStore, WEBHOOK_FIELDS } from '../../call/number-webhooks.ts';

export const UNDO_FILE = '.patchcord-number.json';

const webhooksSchema = z.record(z.enum(WEBHOOK_FIELDS), z.string());
const changeSchema = z.object({
  /** Missing in files of earlier versions. */
  id: z.string().optional(),
  /** ISO 8601. */
  changedAt: z.string().refine((at) => !Number.isNaN(Date.parse(at))),
  before: webhooksSchema,
  after: webhooksSchema,
});
const fileSchema = z.record(z.string(), changeSchema);

type Changes = Map<string, z.infer<typeof changeSchema>>;

export class UndoFileError extends Error {}

/** Methods reject with an UndoFileError. */
export class UndoFile implements NumberChangeStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async numberChanges(): Promise<ReadonlyMap<string, NumberChange>> {
    const all = [...this.#read()].map(([number, { id, changedAt, before, after }]) => {
      return [number, { id: id ?? changedAt, changedAt: Date.parse(changedAt), before, after }] as const;
    });
    return new Map(all);
  }

  async keepNumberChange(
    phoneNumber: string,
    change: NumberChange,
    instead: string | null,
  ): Promise<boolean> {
    const changes = this.#read();
    if (idOf(changes, phoneNumber) !== instead) return false;
    const changedAt = new Date(change.changedAt).toISOString();
    this.#write(changes.set(phoneNumber, { ...change, changedAt }));
    return true;
  }

  async forgetNumberChange(phoneNumber: string, id: string): Promise<void> {
    const changes = this.#read();
    if (idOf(changes, phoneNumber) !== id) return;
    changes.delete(phoneNumber);
    this.#write(changes);
  }

  #read(): Changes {
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

  #write(changes: Changes): void {
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

function idOf(changes: Changes, phoneNumber: string): string | null {
  const change = changes.get(phoneNumber);
  return change === undefined ? null : (change.id ?? change.changedAt);
}
