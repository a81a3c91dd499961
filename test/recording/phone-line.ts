// Twilio's end of a stream as far as the caller's ear can tell, on a stepped clock: plays what it is sent in real time, sends
// marks back once played, drops everything on `clear` and returns its marks. What the caller really heard is written down
// byte for byte, so that a recording can be held against it.
import type { Clock, Line } from '../../src/call/ports.ts';

const BYTES_PER_MS = 8;
const FRAME_BYTES = 160;

export interface Heard {
  readonly at: number;
  readonly bytes: Buffer;
}

export class PhoneLine implements Line {
  readonly streamId = 'MZ1';
  readonly heard: Heard[] = [];
  onMark: (name: string) => void = () => {};
  /** How much later than its due a mark comes back; null: never. */
  markDelayMs: (nth: number) => number | null = () => 0;
  readonly #clock: Clock;
  readonly #wayMs: number;
  #queue: (Buffer | string)[] = [];
  #playing: { readonly bytes: Buffer; readonly since: number; readonly stop: () => void } | null = null;
  #marks = 0;

  /** `wayMs`: to Twilio, and back as long. */
  constructor(clock: Clock, wayMs = 0) {
    this.#clock = clock;
    this.#wayMs = wayMs;
  }

  play(audio: string): void {
    this.#arrive(() => {
      const bytes = Buffer.from(audio, 'base64');
      if (bytes.length % FRAME_BYTES !== 0) throw new Error('no whole frames');
      for (let at = 0; at < bytes.length; at += FRAME_BYTES)
        this.#queue.push(bytes.subarray(at, at + FRAME_BYTES));
    });
  }

  mark(name: string): void {
    this.#arrive(() => this.#queue.push(name));
  }

  clear(): void {
    this.#arrive(() => {
      const { since, bytes, stop } = this.#playing ?? { since: 0, bytes: Buffer.alloc(0), stop: () => {} };
      stop();
      const played = Math.floor((this.#clock.now() - since) * BYTES_PER_MS);
      if (played > 0 && bytes.length > 0) this.heard.push({ at: since, bytes: bytes.subarray(0, played) });
      this.#playing = null;
      for (const one of this.#queue.splice(0)) if (typeof one === 'string') this.#sendBack(one);
    });
  }

  close(): void {}

  #arrive(run: () => void): void {
    const arrived = (): void => {
      run();
      if (this.#playing === null) this.#next();
    };
    if (this.#wayMs === 0) arrived();
    else this.#clock.after(this.#wayMs, arrived);
  }

  #next(): void {
    this.#playing = null;
    for (let one = this.#queue.shift(); one !== undefined; one = this.#queue.shift()) {
      if (typeof one === 'string') {
        this.#sendBack(one);
        continue;
      }
      const bytes = one;
      const since = this.#clock.now();
      const stop = this.#clock.after(bytes.length / BYTES_PER_MS, () => {
        this.heard.push({ at: since, bytes });
        this.#next();
      });
      this.#playing = { bytes, since, stop };
      return;
    }
  }

  #sendBack(name: string): void {
    const delayMs = this.markDelayMs(++this.#marks);
    if (delayMs !== null) this.#clock.after(this.#wayMs + delayMs, () => this.onMark(name));
  }
}

/** One side of a recording as it must be: silence, and these pieces in their places. */
export function laidOut(pieces: readonly Heard[], beganAt: number, samples: number): Buffer {
  const side = Buffer.alloc(samples, 0xff);
  for (const { at, bytes } of pieces) bytes.copy(side, Math.round((at - beganAt) * BYTES_PER_MS));
  return side;
}
