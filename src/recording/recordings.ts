// The recordings of calls: begun with a call, written behind it, kept in a folder or a bucket once whole. No call waits for
// them, and a failing disk or bucket ends no call: it is logged once a recording.
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredRecording } from '../call/stored-recording.ts';
import { within } from '../call/waiting.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Tape } from '../call/tape.ts';
import { CallTape } from './call-tape.ts';
import { unlessGone } from './file-errors.ts';
import { codeOf } from '../call/error-code.ts';
import { PeaksMaker } from './peaks.ts';
import { isUsableId, type Shelf, unfinishedOf } from './shelf.ts';
import { mend, WavFile } from './wav-file.ts';
import { wholeRecording } from './whole-recording.ts';

/** After this long without a write a recording's process is dead: a live call is never without audio for so long. */
const FORSAKEN_AFTER_MS = 600_000;
const CLOSE_MS = 5000;
const ERASE_EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

export interface RecordingsParts {
  readonly clock: Clock;
  readonly shelf: Shelf;
  /** Where recordings are written: on the shelf's file system, if the shelf is a folder. */
  readonly folder: string;
  /** 0 keeps recordings for ever. */
  readonly retentionDays: number;
  readonly log: (line: string) => void;
}

interface Running {
  readonly callId: CallId;
  readonly tape: CallTape;
  readonly path: string;
  isErased: boolean;
  /** Resolves when it is on the shelf, or cannot be. */
  readonly kept: Promise<void>;
}

/** `has`, `open` and both ways to erase reject if the disk or the bucket fails. */
export class Recordings {
  readonly #parts: RecordingsParts;
  readonly #running = new Set<Running>();
  readonly #peaks = new PeaksMaker();
  #lostMs = 0;
  #isClosed = false;
  #erasedAt = -Infinity;
  #cancelSweep = (): void => {};

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
  }

  /** Audio of ended calls that is in no recording: it came too late, or the disk did not take it. */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** null if the call's ID cannot be a file's name, or after `close`. */
  begin(callId: CallId): Tape | null {
    if (this.#isClosed || !isUsableId(callId)) return null;
    const { clock, folder } = this.#parts;
    const path = join(folder, `${callId}.${randomBytes(4).toString('hex')}.part`);
    const file = new WavFile(path, this.#trouble(callId));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const tape = new CallTape(clock, file, end);
    const kept = ended.then(() => this.#finish(running, file));
    const running: Running = { callId, tape, path, isErased: false, kept };
    this.#running.add(running);
    return tape;
  }

  async has(callId: CallId): Promise<boolean> {
    return isUsableId(callId) && (await this.#parts.shelf.parts(callId)).length > 0;
  }

  /** The parts that are whole; null if there are none. */
  async open(callId: CallId): Promise<StoredRecording | null> {
    if (!isUsableId(callId)) return null;
    const whole = await wholeRecording(await this.#parts.shelf.parts(callId));
    if (whole === null) return null;
    return { ...whole, peaks: (stretches) => this.#peaks.make(callId, whole, stretches) };
  }

  /** Also what is still being recorded here. */
  async erase(callId: CallId): Promise<void> {
    if (!isUsableId(callId)) return;
    const running = [...this.#running].filter((one) => one.callId === callId);
    for (const one of running) {
      one.isErased = true;
      one.tape.end();
    }
    await Promise.all(running.map(({ kept }) => kept));
    await this.#parts.shelf.erase(callId);
    this.#peaks.forget(callId);
  }

  async eraseOlderThan(at: number): Promise<void> {
    await this.#parts.shelf.eraseOlderThan(at);
  }

  /** Keeps what dead processes left, and erases what is older than `retentionDays`: now, and again from time to time. */
  async sweep(): Promise<void> {
    this.#cancelSweep();
    const { clock, folder, shelf } = this.#parts;
    try {
      for (const name of await readdir(folder)) {
        const callId = unfinishedOf(name);
        const path = join(folder, name);
        const found = callId === null ? null : await unlessGone(stat(path));
        if (callId === null || found === null || clock.now() - found.mtimeMs < FORSAKEN_AFTER_MS) continue;
        if ([...this.#running].some((one) => one.path === path)) continue;
        // Another process may do the same: one of them gets it.
        if (await unlessGone(mend(path))) await unlessGone(shelf.keep(path, callId));
        else await unlessGone(unlink(path));
      }
    } catch (error) {
      this.#parts.log(`Could not keep the recordings of a dead process (${codeOf(error) ?? 'unknown'})`);
    }
    this.#eraseExpired();
    if (!this.#isClosed) this.#cancelSweep = clock.after(FORSAKEN_AFTER_MS, () => void this.sweep());
  }

  /** Ends what is being recorded; resolves when it is kept, or within some ten seconds. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSweep();
    for (const { tape } of this.#running) tape.end();
    const kept = Promise.all([...this.#running].map((recording) => recording.kept));
    await within(this.#parts.clock, CLOSE_MS, kept, undefined);
    await this.#parts.shelf.close();
  }

  #eraseExpired(): void {
    const { clock, retentionDays, log } = this.#parts;
    if (retentionDays === 0 || clock.now() - this.#erasedAt < ERASE_EVERY_MS) return;
    this.#erasedAt = clock.now();
    this.eraseOlderThan(clock.now() - retentionDays * DAY_MS).catch(() =>
      log('Could not erase old recordings; the next try is in six hours'),
    );
  }

  async #finish(running: Running, file: WavFile): Promise<void> {
    const { callId, path, tape } = running;
    const isWhole = await file.end();
    try {
      if (running.isErased) await unlessGone(unlink(path));
      else if (isWhole) await this.#parts.shelf.keep(path, callId);
    } catch (error) {
      this.#trouble(callId)(error);
    }
    this.#lostMs += tape.lostMs;
    this.#running.delete(running);
  }

  /** Logs the first error only. */
  #trouble(callId: CallId): (error: unknown) => void {
    let isSaid = false;
    return (error) => {
      if (isSaid) return;
      isSaid = true;
      this.#parts.log(`the recording of ${callId} has gaps or is lost (${codeOf(error) ?? 'unknown'})`);
    };
  }
}

/** Rejects with the file system's code if nothing can be written there. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await access(folder, constants.W_OK);
}
