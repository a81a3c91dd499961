// The sound of one segment, in the order in which it was received. One piece of bytes for all of it: text kept for each delta
// would outlive the young generation, and collecting it stops every call.
import { FRAME_BYTES, SILENT_BYTE } from '../call/mulaw.ts';
import type { Base64Audio } from '../call/ports.ts';

const NOTHING = Buffer.alloc(0);

export class SegmentSound {
  #bytes: Buffer = NOTHING;
  readonly #typicalBytes: number;
  #receivedBytes = 0;
  #takenBytes = 0;

  /** `typicalBytes`: about how long it will be. */
  constructor(typicalBytes: number) {
    this.#typicalBytes = typicalBytes;
  }

  /** Without padding. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  receive(audio: Base64Audio): void {
    this.#makeRoom(this.#receivedBytes + Buffer.byteLength(audio, 'base64'));
    this.#receivedBytes += this.#bytes.write(audio, this.#receivedBytes, 'base64');
  }

  /** All whole frames that were not taken yet; at the end of the sound the last one is padded with silence. */
  take(isOver: boolean): { readonly from: number; readonly bytes: number } {
    const from = this.#takenBytes;
    const waiting = this.#receivedBytes - from;
    const frames = isOver ? Math.ceil(waiting / FRAME_BYTES) : Math.floor(waiting / FRAME_BYTES);
    const bytes = Math.max(0, frames) * FRAME_BYTES;
    this.#takenBytes += bytes;
    if (this.#takenBytes > this.#receivedBytes) {
      this.#makeRoom(this.#takenBytes);
      this.#bytes.fill(SILENT_BYTE, this.#receivedBytes, this.#takenBytes);
    }
    return { from, bytes };
  }

  audio(from: number, bytes: number): Base64Audio {
    return this.#bytes.toString('base64', from, from + bytes);
  }

  /** Frees memory once enough of a finished sound was heard. */
  heard(bytes: number): void {
    if (bytes >= this.#takenBytes) this.#bytes = NOTHING;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const roomier = Buffer.allocUnsafeSlow(Math.max(bytes, this.#typicalBytes, 2 * this.#bytes.length));
    this.#bytes.copy(roomier, 0, 0, this.#receivedBytes);
    this.#bytes = roomier;
  }
}
