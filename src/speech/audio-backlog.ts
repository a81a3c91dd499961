// O4: what the caller said while there was no session, kept in order. Bounded: beyond ten seconds the oldest goes, since
// what was said last is what the caller waits to have answered.
import type { Base64Audio } from '../call/ports.ts';

const MAX_BYTES = 80_000;

export class AudioBacklog {
  #frames: Base64Audio[] = [];
  #bytes = 0;
  #hasLost = false;

  /** True at the first frame that pushed older audio out, once until the next `drain`. */
  keep(audio: Base64Audio): boolean {
    this.#frames.push(audio);
    this.#bytes += bytesIn(audio);
    if (this.#bytes <= MAX_BYTES) return false;
    while (this.#bytes > MAX_BYTES) this.#bytes -= bytesIn(this.#frames.shift() ?? '');
    const isFirstLoss = !this.#hasLost;
    this.#hasLost = true;
    return isFirstLoss;
  }

  /** All that was kept, oldest first; the backlog is empty afterwards. */
  drain(): readonly Base64Audio[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    this.#hasLost = false;
    return frames;
  }
}

/** Without decoding: four characters are three bytes, less the padding. */
function bytesIn(audio: Base64Audio): number {
  const padding = audio.endsWith('==') ? 2 : audio.endsWith('=') ? 1 : 0;
  return Math.floor((audio.length * 3) / 4) - padding;
}
