// Recordings in a bucket. A whole recording waits in a local folder, which is the queue, until it is uploaded: by this process
// or the next one, within a day at most. Several processes may share the folder.
import { randomBytes } from 'node:crypto';
import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MULAW_HEADER_BYTES } from '../call/wav.ts';
import { within } from '../call/waiting.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { unlessGone } from './file-errors.ts';
import { codeOf } from '../call/error-code.ts';
import type { S3 } from './s3.ts';
import { MOST_PARTS, type Part, parsePartName, partName, type Shelf, unfinishedOf } from './shelf.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 300_000;
const GIVEN_UP_AFTER_MS = 24 * 3_600_000;
/** For uploads that still wait when the process stops. */
const CLOSE_MS = 5000;

const WAITING_NAME = /^([\w-]{1,64})\.([0-9a-f]{8})\.wav$/;

export interface S3ShelfParts {
  readonly clock: Clock;
  readonly s3: S3;
  /** Of all keys: '', or a folder and its slash. */
  readonly prefix: string;
  readonly folder: string;
  readonly log: (line: string) => void;
}

export class S3Shelf implements Shelf {
  readonly #parts: S3ShelfParts;
  /** Names of files, oldest first. */
  readonly #waiting: string[] = [];
  #uploading: Promise<void> | null = null;
  /** The running upload; `done` does not reject. */
  #trying: { readonly name: string; readonly done: Promise<void> } | null = null;
  #isClosing = false;
  #hasTrouble = false;
  #wake = (): void => {};

  constructor(parts: S3ShelfParts) {
    this.#parts = parts;
  }

  /** Continues with what an earlier process left. */
  async begin(): Promise<void> {
    for (const name of await readdir(this.#parts.folder)) if (WAITING_NAME.test(name)) this.#queue(name);
  }

  async keep(path: string, callId: CallId): Promise<void> {
    const name = `${callId}.${randomBytes(4).toString('hex')}.wav`;
    await rename(path, join(this.#parts.folder, name));
    this.#queue(name);
  }

  async parts(callId: CallId): Promise<readonly Part[]> {
    const { s3, prefix } = this.#parts;
    const found: (Part & { readonly number: number })[] = [];
    for await (const { key, bytes } of s3.list(`${prefix}${callId}.`)) {
      const name = parsePartName(key.slice(prefix.length));
      if (name?.callId === callId && bytes > MULAW_HEADER_BYTES)
        found.push({ number: name.part, bytes, read: (from, to) => s3.get(key, from, to) });
    }
    return found.toSorted((one, other) => one.number - other.number);
  }

  async erase(callId: CallId): Promise<void> {
    const { s3, prefix, folder } = this.#parts;
    for (const name of await readdir(folder))
      if (callOf(name) === callId) await unlessGone(unlink(join(folder, name)));
    // It would reach the bucket after the deletion below.
    if (this.#trying !== null && callOf(this.#trying.name) === callId) await this.#trying.done;
    for await (const { key } of s3.list(`${prefix}${callId}.`))
      if (parsePartName(key.slice(prefix.length))?.callId === callId) await s3.delete(key);
  }

  async eraseOlderThan(at: number): Promise<void> {
    const { s3, prefix, folder } = this.#parts;
    for (const name of await readdir(folder)) {
      if (callOf(name) === null) continue;
      const path = join(folder, name);
      const found = await unlessGone(stat(path));
      if (found !== null && found.mtimeMs < at) await unlessGone(unlink(path));
    }
    for await (const { key, changedAt } of s3.list(prefix))
      if (changedAt < at && parsePartName(key.slice(prefix.length)) !== null) await s3.delete(key);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    await within(this.#parts.clock, CLOSE_MS, this.#uploading ?? Promise.resolve(), undefined);
    await this.#parts.s3.close();
  }

  #queue(name: string): void {
    this.#waiting.push(name);
    this.#uploading ??= this.#upload().finally(() => {
      this.#uploading = null;
    });
  }

  /** One after another. A failed one goes to the end, so that one that never succeeds holds up no other. */
  async #upload(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    for (let name = this.#waiting.shift(); name !== undefined; name = this.#waiting.shift()) {
      const trying = this.#uploadOne(name);
      this.#trying = { name, done: trying.catch(() => {}) };
      try {
        await trying;
        waitMs = FIRST_WAIT_MS;
        this.#hasTrouble = false;
      } catch (error) {
        // Another process that shares the folder was faster.
        if (codeOf(error) === 'ENOENT') continue;
        this.#tell(codeOf(error) ?? 'unknown');
        // When stopping, each is tried once; the next process finds the file.
        if (this.#isClosing) continue;
        if (!(await this.#isGivenUp(name))) this.#waiting.push(name);
        await this.#pause(waitMs);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      }
    }
  }

  async #uploadOne(name: string): Promise<void> {
    const { s3, prefix, folder } = this.#parts;
    const path = join(folder, name);
    const [, callId = '', id = ''] = WAITING_NAME.exec(name) ?? [];
    // Erased, or another process was faster.
    if ((await unlessGone(stat(path))) === null) return;
    for (let part = 1; part <= MOST_PARTS; part++) {
      if (await s3.put(`${prefix}${partName(callId, part)}`, path, id)) {
        await unlessGone(unlink(path));
        return;
      }
    }
    throw Object.assign(new Error('a call of too many parts'), { code: 'PARTS' });
  }

  /** A recording that the bucket refused for a day is deleted. */
  async #isGivenUp(name: string): Promise<boolean> {
    const { clock, folder, log } = this.#parts;
    const path = join(folder, name);
    const found = await unlessGone(stat(path)).catch(() => null);
    if (found === null) return true;
    if (clock.now() - found.mtimeMs < GIVEN_UP_AFTER_MS) return false;
    await unlessGone(unlink(path)).catch(() => {});
    log('Gave up a recording: the bucket has not taken it for a day');
    return true;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosing) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Logs once until an upload succeeds. */
  #tell(code: string): void {
    if (this.#hasTrouble) return;
    this.#hasTrouble = true;
    this.#parts.log(`Could not upload a recording to the bucket (${code}); it waits for the next try`);
  }
}

function callOf(name: string): CallId | null {
  return WAITING_NAME.exec(name)?.[1] ?? unfinishedOf(name);
}
