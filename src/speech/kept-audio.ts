// O4, R1: caller audio without a transcript yet, kept for the next session. Places are bytes since the call began, across
// sessions. Bounded to half a minute: the oldest audio goes first, because the caller waits for an answer to the newest.
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

  /** False if older audio was dropped to make room. */
  keep(audio: Base64Audio): boolean {
    this.#endAt += bytesIn(audio);
    this.#pieces.push({ audio, endAt: this.#endAt });
    if (this.#endAt - this.#startAt <= MAX_BYTES) return true;
    while (this.#endAt - this.#startAt > MAX_BYTES) this.#forgetFirst();
    return false;
  }

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

  /** The same, and nothing is dropped. */
  since(place: number): readonly Base64Audio[] {
    return this.#pieces.filter(({ endAt }) => endAt > place).map(({ audio }) => audio);
  }

  #forgetFirst(): void {
    this.#startAt = this.#pieces.shift()?.endAt ?? this.#endAt;
  }
}
