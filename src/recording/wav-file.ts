// Writes one recording to disk without delaying the call: audio that a full or slow disk does not accept is lost, and later
// audio still lands in its right place. Until `end` the header says that the file is empty.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { waveHeader } from '../call/wav.ts';
import { BYTES_PER_MS, SILENT_BYTE } from '../call/mulaw.ts';
import { PART_HEAD_BYTES, partHead, readPartHead } from './part-head.ts';
import { BYTES_PER_PAIR, type Stretch } from './two-sides.ts';

/** A minute of audio waiting for the disk. */
const MOST_WAITING_BYTES = 1024 * 1024;
const SILENT_BLOCK = Buffer.alloc(64 * 1024, SILENT_BYTE);

export class WavFile {
  readonly path: string;
  readonly #onTrouble: (error: unknown) => void;
  #file: FileHandle | null = null;
  /** Resolves when the last queued write is done. Never rejects. */
  #work: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #beganAt = 0;
  /** How many sample pairs the file holds. */
  #pairs = 0;
  #lostPairs = 0;

  /** Creates the file with the first audio; fails if it exists. `onTrouble` may be called often. */
  constructor(path: string, onTrouble: (error: unknown) => void) {
    this.path = path;
    this.#onTrouble = onTrouble;
  }

  get lostMs(): number {
    return this.#lostPairs / BYTES_PER_MS;
  }

  write({ beganAt, at, pairs }: Stretch): void {
    if (this.#waitingBytes + pairs.length > MOST_WAITING_BYTES) {
      this.#lostPairs += pairs.length / BYTES_PER_PAIR;
      this.#onTrouble(Object.assign(new Error('too slow'), { code: 'SLOW' }));
      return;
    }
    this.#waitingBytes += pairs.length;
    this.#then(async () => {
      this.#waitingBytes -= pairs.length;
      try {
        const file = await this.#opened(beganAt);
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

  /** Completes the file; resolves with whether it holds any audio. */
  async end(): Promise<boolean> {
    let isWhole = false;
    this.#then(async () => {
      if (this.#file === null) return;
      await writeAll(this.#file, partHead(this.#beganAt, this.#pairs * BYTES_PER_PAIR), 0);
      await this.#file.datasync();
      isWhole = this.#pairs > 0;
    });
    this.#then(async () => this.#file?.close());
    await this.#work;
    return isWhole;
  }

  async #opened(beganAt: number): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    // The caller's voice is nobody else's business.
    this.#file = await open(this.path, 'wx', 0o600);
    this.#beganAt = beganAt;
    await writeAll(this.#file, partHead(beganAt, 0), 0);
    return this.#file;
  }

  async #append(file: FileHandle, pairs: Buffer): Promise<void> {
    await writeAll(file, pairs, PART_HEAD_BYTES + this.#pairs * BYTES_PER_PAIR);
    this.#pairs += pairs.length / BYTES_PER_PAIR;
  }

  #then(run: () => Promise<void> | undefined): void {
    this.#work = this.#work.then(run).catch((error: unknown) => this.#onTrouble(error));
  }
}

/** Completes a recording whose process died; false if it holds no audio. */
export async function mend(path: string): Promise<boolean> {
  const { size } = await stat(path);
  const file = await open(path, 'r+');
  try {
    const { buffer: start, bytesRead } = await file.read(Buffer.alloc(PART_HEAD_BYTES), { position: 0 });
    const head = readPartHead(start.subarray(0, bytesRead));
    const dataBytes = size - head.bytes - ((size - head.bytes) % BYTES_PER_PAIR);
    if (dataBytes <= 0) return false;
    await file.truncate(head.bytes + dataBytes);
    const { beganAt } = head;
    const whole = beganAt === null ? waveHeader('mulaw', 2, dataBytes) : partHead(beganAt, dataBytes);
    await writeAll(file, whole, 0);
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
