// Mixes both sides of a call for one stereo file, the caller left: each piece at the instant it was heard, with silence between.
// Audio that comes after its place was written is lost and counted, because the file is only appended to.
import { BYTES_PER_MS, bytesIn, SILENT_BYTE } from '../call/mulaw.ts';
import type { Base64Audio } from '../call/ports.ts';

/** A sample of the caller and one of the agent: an eighth of a millisecond. */
export const BYTES_PER_PAIR = 2;

export type Side = 'caller' | 'agent';
const CHANNEL: Readonly<Record<Side, number>> = { caller: 0, agent: 1 };

interface Piece {
  readonly side: Side;
  readonly audio: Base64Audio;
  readonly from: number;
}

/** Far more than the seconds kept here need: frames of 20 ms, and the agent's larger pieces. */
const MOST_PIECES = 10_000;

/** `at` is the place of the first pair in the recording, which began at `beganAt`; a gap before it is silence. */
export interface Stretch {
  readonly beganAt: number;
  readonly at: number;
  readonly pairs: Buffer;
}

export class TwoSides {
  /** In order of arrival: where two of one side overlap, the later one counts. */
  #pieces: Piece[] = [];
  /** The instant of the first pair: the earliest piece at the first `take`. */
  #beganAt: number | null = null;
  #taken = 0;
  #late = 0;

  /** Audio that came too late, or found no room. */
  get lateMs(): number {
    return this.#late / BYTES_PER_MS;
  }

  add(side: Side, audio: Base64Audio, from: number): void {
    const piece = { side, audio, from };
    if (this.#beganAt !== null) {
      const { start, end } = placeOf(piece, this.#beganAt);
      this.#late += Math.max(0, Math.min(end, this.#taken) - start);
      if (end <= this.#taken) return;
    }
    if (this.#pieces.length >= MOST_PIECES) this.#late += bytesIn(audio);
    else this.#pieces.push(piece);
  }

  /** The audio before `until` that was not taken yet; null if there is none. */
  take(until: number): Stretch | null {
    const due = this.#pieces.filter(({ from }) => from < until);
    if (due.length === 0) return null;
    const beganAt = (this.#beganAt ??= due.reduce((least, { from }) => Math.min(least, from), Infinity));
    const placed = due.map((piece) => ({ ...piece, ...placeOf(piece, beganAt) }));
    const first = placed.reduce((least, { start }) => Math.min(least, start), Infinity);
    const last = placed.reduce((most, piece) => Math.max(most, piece.end), 0);
    const at = Math.max(this.#taken, first);
    const end = Math.min(last, Math.round((until - beganAt) * BYTES_PER_MS));
    if (end <= at) return null;
    const pairs = Buffer.alloc((end - at) * BYTES_PER_PAIR, SILENT_BYTE);
    for (const piece of placed) {
      const bytes = Buffer.from(piece.audio, 'base64');
      const bytesDue = Math.min(piece.end, end) - piece.start;
      const offset = (piece.start - at) * BYTES_PER_PAIR + CHANNEL[piece.side];
      for (let byte = Math.max(0, at - piece.start); byte < bytesDue; byte++)
        pairs[offset + byte * BYTES_PER_PAIR] = bytes[byte] ?? SILENT_BYTE;
    }
    this.#taken = end;
    this.#pieces = this.#pieces.filter((piece) => placeOf(piece, beganAt).end > end);
    return { beganAt, at, pairs };
  }
}

/** In sample pairs since the recording began. */
function placeOf({ audio, from }: Piece, beganAt: number): { readonly start: number; readonly end: number } {
  const start = Math.round((from - beganAt) * BYTES_PER_MS);
  return { start, end: start + bytesIn(audio) };
}
