// What a caller says and presses, waiting to go out frame by frame. It is drained only while a stream is open: somebody
// whose line has gone quiet for a moment waits.
import { SILENCE } from '../tones.ts';

/** A practised thumb: one key in 100 ms. */
const FRAMES_BETWEEN_DIGITS = 5;

interface Waiting {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

interface Saying extends Waiting {
  readonly audio: Buffer;
  sentBytes: number;
}

interface Pressing extends Waiting {
  readonly digits: string;
  pressed: number;
}

export class Mouth {
  readonly #sayings: Saying[] = [];
  readonly #pressings: Pressing[] = [];
  #framesSinceDigit = FRAMES_BETWEEN_DIGITS;
  #closedBecause: Error | undefined;

  /** Resolves once all of it has left as frames. */
  say(audio: Buffer): Promise<void> {
    return this.#promise((waiting) => this.#sayings.push({ ...waiting, audio, sentBytes: 0 }));
  }

  press(digits: string): Promise<void> {
    return this.#promise((waiting) => this.#pressings.push({ ...waiting, digits, pressed: 0 }));
  }

  /** The next frame, filled up with silence; null where there is nothing to say. */
  nextFrame(bytes: number): Buffer | null {
    if (this.#sayings.length === 0) return null;
    const frame = Buffer.alloc(bytes, SILENCE);
    let filled = 0;
    for (let saying = this.#sayings[0]; saying && filled < bytes; saying = this.#sayings[0]) {
      const copied = saying.audio.copy(frame, filled, saying.sentBytes);
      filled += copied;
      saying.sentBytes += copied;
      if (saying.sentBytes < saying.audio.length) break;
      this.#sayings.shift();
      saying.done();
    }
    return frame;
  }

  /** Asked once a frame; null where no key is pressed in it. */
  nextDigit(): string | null {
    const pressing = this.#pressings[0];
    if (++this.#framesSinceDigit < FRAMES_BETWEEN_DIGITS || !pressing) return null;
    const digit = pressing.digits[pressing.pressed++] ?? null;
    if (pressing.pressed >= pressing.digits.length) {
      this.#pressings.shift();
      pressing.done();
    }
    this.#framesSinceDigit = 0;
    return digit;
  }

  close(because: Error): void {
    this.#closedBecause = because;
    for (const { failed } of [...this.#sayings.splice(0), ...this.#pressings.splice(0)]) failed(because);
  }

  #promise(add: (waiting: Waiting) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A test may speak without awaiting it; the rejection at the call's end must not crash the process.
    promise.catch(() => {});
    if (this.#closedBecause) reject(this.#closedBecause);
    else add({ done: resolve, failed: reject });
    return promise;
  }
}
