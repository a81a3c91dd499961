// Recordings in a folder, which several processes may share. Creating an empty file reserves its name, so that no two
// processes take the same; the whole recording then replaces it in one step.
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { MULAW_HEADER_BYTES } from '../call/wav.ts';
import type { CallId } from '../call/call.ts';
import { unlessGone } from './file-errors.ts';
import { codeOf } from '../call/error-code.ts';
import { MOST_PARTS, type Part, parsePartName, partName, type Shelf, unfinishedOf } from './shelf.ts';

export class FolderShelf implements Shelf {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(path: string, callId: CallId): Promise<void> {
    const place = await this.#freeName(callId);
    try {
      await rename(path, place);
    } catch (error) {
      await unlessGone(unlink(place));
      throw error;
    }
  }

  async parts(callId: CallId): Promise<readonly Part[]> {
    const parts: Part[] = [];
    for (let part = 1; part <= MOST_PARTS; part++) {
      const path = join(this.#folder, partName(callId, part));
      const found = await unlessGone(stat(path));
      if (found === null) break;
      // A process died after it had reserved the name.
      if (found.size <= MULAW_HEADER_BYTES) continue;
      parts.push({
        bytes: found.size,
        read: async (start, end) => createReadStream(path, { start, end }),
      });
    }
    return parts;
  }

  async erase(callId: CallId): Promise<void> {
    for (const name of await readdir(this.#folder))
      if (callOf(name) === callId) await unlessGone(unlink(join(this.#folder, name)));
  }

  async eraseOlderThan(at: number): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (callOf(name) === null) continue;
      const path = join(this.#folder, name);
      const found = await unlessGone(stat(path));
      if (found !== null && found.mtimeMs < at) await unlessGone(unlink(path));
    }
  }

  async close(): Promise<void> {}

  async #freeName(callId: CallId): Promise<string> {
    for (let part = 1; part <= MOST_PARTS; part++) {
      const path = join(this.#folder, partName(callId, part));
      try {
        await (await open(path, 'wx', 0o600)).close();
        return path;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
    throw Object.assign(new Error('a call of too many parts'), { code: 'PARTS' });
  }
}

function callOf(name: string): CallId | null {
  return parsePartName(name)?.callId ?? unfinishedOf(name);
}
