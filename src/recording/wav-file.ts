// One recording on its way to the disk, written behind the call and never waited for: what a full or slow disk does not take
// is lost, and what comes after it lies in its right place all the same. Until `end` the header says that there is nothing.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { MULAW_HEADER_BYTES, waveHeader } from '../call/wav.ts';
import { BYTES_PER_MS, SILENT_BYTE } from '../call/mulaw.ts';
import { BYTES_PER_PAIR, type Stretch } from './two-sides.ts';

/** A minute of a call that the disk has not taken. */
const MOST_WAITING_BYTES = 1024 * 1024;
const SILENT_BLOCK = Buffer.alloc(64 * 1024, SILENT_BYTE);

export class WavFile {
  readonly path: string;
  readonly #onTrouble: (error: unknown) => void;
  #file: FileHandle | null = null;
  /** All that was asked for; the last of it, when it is done. Never rejects. */
  #work: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  /** How many sample pairs the file holds. */
  #pairs = 0;
  #lostPairs = 0;

  /** The file is made with the first audio, and must not be there. `onTrouble` may be called often. */
  constructor(path: string, onTrouble: (error: unknown) => void) {
    this.path = path;
    this.#onTrouble = onTrouble;
  }

  get lostMs(): number {
    return this.#lostPairs / BYTES_PER_MS;
  }

  write({ at, pairs }: Stretch): void {
    if (this.#waitingBytes + pairs.length > MOST_WAITING_BYTES) {
      this.#lostPairs += pairs.length / BYTES_PER_PAIR;
      this.#onTrouble(Object.assign(new Error('too slow'), { code: 'SLOW' }));
      return;
    }
    this.#waitingBytes += pairs.length;
    this.#then(async () => {
      this.#waitingBytes -= pairs.length;
      try {
        const file = await this.#opened();
        while (this.#pairs < at) {
          const silent = SILENT_BLOCK.subarray(0, (at - this.#pairs) * BYTES_PER_PAIR);
          await this.#append(file, silent);
        }
        await this.#append(file, pairs);
      } catch (error) {
        this.#lostPairs += pairs.length / BYTES_PER_PAIR;
        throw error;
      }
    });
  }

  /** Resolves once the file is whole, with whether there is one. */
  async end(): Promise<boolean> {
    let isWhole = false;
    this.#then(async () => {
      if (this.#file === null) return;
      await writeAll(this.#file, waveHeader('mulaw', 2, this.#pairs * BYTES_PER_PAIR), 0);
      await this.#file.datasync();
      isWhole = this.#pairs > 0;
    });
    this.#then(async () => this.#file?.close());
    await this.#work;
    return isWhole;
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    // The caller's voice is nobody else's business.
    this.#file = await open(this.path, 'wx', 0o600);
    await writeAll(this.#file, waveHeader('mulaw', 2, 0), 0);
    return this.#file;
  }

  async #append(file: FileHandle, pairs: Buffer): Promise<void> {
    await writeAll(file, pairs, MULAW_HEADER_BYTES + this.#pairs * BYTES_PER_PAIR);
    this.#pairs += pairs.length / BYTES_PER_PAIR;
  }

  #then(run: () => Promise<void> | undefined): void {
    this.#work = this.#work.then(run).catch((error: unknown) => this.#onTrouble(error));
  }
}

/** Makes a recording whole whose writer is gone; false where there is nothing in it. */
export async function mend(path: string): Promise<boolean> {
  const { size } = await stat(path);
  const dataBytes = size - MULAW_HEADER_BYTES - ((size - MULAW_HEADER_BYTES) % BYTES_PER_PAIR);
  if (dataBytes <= 0) return false;
  const file = await open(path, 'r+');
  try {
    await file.truncate(MULAW_HEADER_BYTES + dataBytes);
    await writeAll(file, waveHeader('mulaw', 2, dataBytes), 0);
  } finally {
    await file.close();
  }
  return true;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
