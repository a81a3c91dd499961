// Records one call: gathers its audio in memory, and once a second writes what is 15 s old to the file. Not sooner, because
// the relay learns what the caller heard only afterwards, and much later if marks are lost.
import { BYTES_PER_MS, bytesIn } from '../call/mulaw.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';
import type { Tape } from '../call/tape.ts';
import { type Side, TwoSides } from './two-sides.ts';
import type { WavFile } from './wav-file.ts';

const WRITE_EVERY_MS = 1000;
const BEHIND_MS = 15_000;
/** Audio placed further from now is dropped: it would make the file endlessly long. */
const FURTHEST_MS = 60_000;

export class CallTape implements Tape {
  readonly #clock: Clock;
  readonly #file: WavFile;
  readonly #onEnd: () => void;
  readonly #sides = new TwoSides();
  #isOver = false;
  #writtenAt = 0;
  #strayMs = 0;

  /** Calls `onEnd` after the last write to the file. */
  constructor(clock: Clock, file: WavFile, onEnd: () => void) {
    this.#clock = clock;
    this.#file = file;
    this.#onEnd = onEnd;
  }

  /** Audio that is not in the file: it was misplaced or late, or the disk did not take it. */
  get lostMs(): number {
    return this.#strayMs + this.#sides.lateMs + this.#file.lostMs;
  }

  hearCaller(audio: Base64Audio, from: number): void {
    this.#add('caller', audio, from);
  }

  hearAgent(audio: Base64Audio, from: number): void {
    this.#add('agent', audio, from);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#write(Infinity);
    this.#onEnd();
  }

  #add(side: Side, audio: Base64Audio, from: number): void {
    if (this.#isOver) return;
    const now = this.#clock.now();
    if (Math.abs(from - now) < FURTHEST_MS) this.#sides.add(side, audio, from);
    else this.#strayMs += bytesIn(audio) / BYTES_PER_MS;
    if (now - this.#writtenAt < WRITE_EVERY_MS) return;
    this.#writtenAt = now;
    this.#write(now - BEHIND_MS);
  }

  #write(until: number): void {
    const stretch = this.#sides.take(until);
    if (stretch !== null) this.#file.write(stretch);
  }
}
