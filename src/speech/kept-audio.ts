// O4, R1: what the caller said and nobody has understood yet, kept so that the next session can hear it. Places in it
// are bytes since the call began, whatever session they went to. Bounded: beyond half a minute the oldest goes, since
// what was said last is what the caller waits to have answered.
import { bytesIn } from '../call/mulaw.ts';
import type { Base64Audio } from '../call/ports.ts';

const MAX_BYTES = 240_000;

interface Piece {
  readonly audio: Base64Audio;
  readonly endAt: number;
}

export class KeptAudio {
  #pieces: Piece[] = [];
  #endAt = 0;
  #startAt = 0;

  /** Where the next piece will begin. */
  get endAt(): number {
    return this.#endAt;
  }

  /** False where older audio had to go for it. */
  keep(audio: Base64Audio): boolean {
    this.#endAt += bytesIn(audio);
    this.#pieces.push({ audio, endAt: this.#endAt });
    if (this.#endAt - this.#startAt <= MAX_BYTES) return true;
    while (this.#endAt - this.#startAt > MAX_BYTES) this.#forgetFirst();
    return false;
  }

  /** What ends before this place is needed no more. */
  forgetBefore(place: number): void {
    for (let first = this.#pieces[0]; first !== undefined && first.endAt <= place; first = this.#pieces[0]) {
      this.#forgetFirst();
    }
  }

  /** All that is kept from the piece on in which this place lies, and where that begins. */
  from(place: number): { readonly startAt: number; readonly pieces: readonly Base64Audio[] } {
    this.forgetBefore(place);
    return { startAt: this.#startAt, pieces: this.#pieces.map(({ audio }) => audio) };
  }

  #forgetFirst(): void {
    this.#startAt = this.#pieces.shift()?.endAt ?? this.#endAt;
  }
}
