// Twilio's buffer of the audio it was sent: plays it back to back at 8 bytes a millisecond, by the clock and not by
// beats, and hands out what really sounded. A `clear` returns every pending mark at once, so a mark is no proof that
// its audio was heard.
import type { Clock } from '../../src/call/ports.ts';
import { SAMPLES_PER_MS } from '../tones.ts';

/** No played piece is longer than a frame, so that what was heard can be dated to within one. */
const PIECE_BYTES = 160;
/** An epoch in milliseconds has a grain of 1/4096 ms, enough to lose a byte at the end of every chunk. */
const CLOCK_GRAIN_BYTES = 0.01;

interface Chunk {
  readonly audio: Buffer;
  readonly startsAt: number;
  playedBytes: number;
}

interface PendingMark {
  readonly name: string;
  readonly dueAt: number;
}

export interface TwilioPlayoutOptions {
  readonly clock: Clock;
  /** Audio that sounded; `endedAt` is the instant of its last byte. */
  readonly onPlayed: (audio: Buffer, endedAt: number) => void;
  readonly onMark: (name: string) => void;
}

export class TwilioPlayout {
  readonly #options: TwilioPlayoutOptions;
  #chunks: Chunk[] = [];
  #marks: PendingMark[] = [];
  /** When all that is buffered will have been played. */
  #emptyAt = 0;
  #stopWaiting = (): void => {};

  constructor(options: TwilioPlayoutOptions) {
    this.#options = options;
  }

  queue(audio: Buffer): void {
    const startsAt = Math.max(this.#options.clock.now(), this.#emptyAt);
    this.#chunks.push({ audio, startsAt, playedBytes: 0 });
    this.#emptyAt = startsAt + audio.length / SAMPLES_PER_MS;
  }

  mark(name: string): void {
    this.#marks.push({ name, dueAt: this.#emptyAt });
    if (this.#marks.length === 1) this.#waitForMark();
  }

  clear(): void {
    this.advance(this.#options.clock.now());
    this.#chunks = [];
    this.#emptyAt = 0;
    this.#stopWaiting();
    for (const mark of this.#marks.splice(0)) this.#options.onMark(mark.name);
  }

  /** The line is gone: what is still buffered is never heard, and its marks never come back. */
  stop(): void {
    this.advance(this.#options.clock.now());
    this.#chunks = [];
    this.#marks = [];
    this.#stopWaiting();
  }

  /** Hands out what has sounded up to `now`. */
  advance(now: number): void {
    for (let chunk = this.#chunks[0]; chunk && chunk.startsAt <= now; chunk = this.#chunks[0]) {
      const sounded = Math.floor((now - chunk.startsAt) * SAMPLES_PER_MS + CLOCK_GRAIN_BYTES);
      const soundedBytes = Math.min(chunk.audio.length, sounded);
      while (chunk.playedBytes < soundedBytes) {
        const end = Math.min(chunk.playedBytes + PIECE_BYTES, soundedBytes);
        const piece = chunk.audio.subarray(chunk.playedBytes, end);
        chunk.playedBytes = end;
        this.#options.onPlayed(piece, chunk.startsAt + end / SAMPLES_PER_MS);
      }
      if (soundedBytes < chunk.audio.length) return;
      this.#chunks.shift();
    }
  }

  #waitForMark(): void {
    const mark = this.#marks[0];
    if (!mark) return;
    const now = this.#options.clock.now();
    const waitMs = mark.dueAt - now;
    if (waitMs > 0) {
      this.#stopWaiting = this.#options.clock.after(waitMs, () => this.#waitForMark());
      return;
    }
    this.#marks.shift();
    this.advance(now);
    this.#options.onMark(mark.name);
    this.#waitForMark();
  }
}
