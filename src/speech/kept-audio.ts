// O4, R1: caller audio without a transcript yet, kept for the next session, as a ring of bytes: text or objects kept for each
// frame would outlive the young generation, and collecting them stops every call. Places are bytes since the call began,
// across sessions. Bounded to half a minute: the oldest audio goes first, because the caller waits for an answer to the newest.
import { FRAME_BYTES } from '../call/mulaw.ts';
import type { Base64Audio } from '../call/ports.ts';

const MAX_BYTES = 240_000;
/** A little more than the 8 s that are kept of a quiet caller. */
const FIRST_BYTES = 420 * FRAME_BYTES;
/** A session hears kept audio in pieces of a second. */
const PIECE_BYTES = 50 * FRAME_BYTES;

export class KeptAudio {
  /** The byte of a place stands at its remainder by the length. */
  #ring = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #startAt = 0;
  #endAt = 0;

  /** Where the next audio will begin. */
  get endAt(): number {
    return this.#endAt;
  }

  /** False if older audio was dropped to make room. */
  keep(audio: Base64Audio): boolean {
    const bytes = Buffer.byteLength(audio, 'base64');
    const hasRoom = this.#makeRoom(bytes);
    const at = this.#endAt % this.#ring.length;
    if (at + bytes <= this.#ring.length) this.#ring.write(audio, at, bytes, 'base64');
    else this.#writeAround(Buffer.from(audio, 'base64'));
    this.#endAt += bytes;
    this.#startAt = Math.max(this.#startAt, this.#endAt - MAX_BYTES);
    return hasRoom;
  }

  forgetBefore(place: number): void {
    this.#startAt = Math.max(this.#startAt, Math.min(place, this.#endAt));
  }

  /** All that is kept from this place on, and where that begins; what lies before it is forgotten. */
  from(place: number): { readonly startAt: number; readonly pieces: readonly Base64Audio[] } {
    this.forgetBefore(place);
    return { startAt: this.#startAt, pieces: this.since(this.#startAt) };
  }

  /** The same, and nothing is forgotten. */
  since(place: number): readonly Base64Audio[] {
    const pieces: Base64Audio[] = [];
    for (let at = Math.max(this.#startAt, place); at < this.#endAt;) {
      const start = at % this.#ring.length;
      const bytes = Math.min(PIECE_BYTES, this.#endAt - at, this.#ring.length - start);
      pieces.push(this.#ring.toString('base64', start, start + bytes));
      at += bytes;
    }
    return pieces;
  }

  #makeRoom(bytes: number): boolean {
    const needed = this.#endAt - this.#startAt + bytes;
    if (needed > this.#ring.length && this.#ring.length < MAX_BYTES) this.#grow(needed);
    return needed <= MAX_BYTES;
  }

  #grow(needed: number): void {
    const kept = this.since(0).map((piece) => Buffer.from(piece, 'base64'));
    this.#ring = Buffer.allocUnsafeSlow(Math.min(MAX_BYTES, Math.max(needed, 2 * this.#ring.length)));
    const endAt = this.#endAt;
    this.#endAt = this.#startAt;
    for (const piece of kept) {
      this.#writeAround(piece);
      this.#endAt += piece.length;
    }
    this.#endAt = endAt;
  }

  /** From the end of what is kept on, over the edge of the ring; of more than it holds, only the latest stay. */
  #writeAround(bytes: Buffer): void {
    const { length } = this.#ring;
    const skipped = Math.max(0, bytes.length - length);
    const start = (this.#endAt + skipped) % length;
    const copied = bytes.copy(this.#ring, start, skipped);
    bytes.copy(this.#ring, 0, skipped + copied);
  }
}
