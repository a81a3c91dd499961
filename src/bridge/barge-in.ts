// Whether the caller means to interrupt. The VAD's word comes at once but says little (a cough starts it too), and its
// "stopped" comes only after its own stretch of silence; so the length of the speech is measured here, on the caller's
// audio, and only while a reply is held for it (B2, B3).
import { BYTES_PER_MS, bytesIn, loudness } from '../call/mulaw.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';

/** Loudness from which a frame counts as voice: about -38 dB, above a quiet line's noise. */
export const VOICE = 400;
/** Neither words nor a closed utterance have decided by then: the reply goes on. */
const LONGEST_HOLD_MS = 8000;

export interface BargeInParts {
  readonly clock: Clock;
  readonly bargeInMs: number;
  /** It is speech: the hold has ended. */
  readonly onInterruption: () => void;
  /** It was nothing: the hold has ended. */
  readonly onFalseAlarm: () => void;
}

/** A reply that is held because the caller made a sound, and what the sound turns out to be. */
export class BargeIn {
  readonly #parts: BargeInParts;
  /** The utterance whose transcript decides; null while nothing is held. */
  #utteranceId: string | null = null;
  #voicedMs = 0;
  #cancelCap = (): void => {};

  constructor(parts: BargeInParts) {
    this.#parts = parts;
  }

  get isHolding(): boolean {
    return this.#utteranceId !== null;
  }

  /** A sound over the reply; a further one is part of the same. */
  begin(utteranceId: string): void {
    if (!this.isHolding) {
      this.#voicedMs = 0;
      this.#cancelCap = this.#parts.clock.after(LONGEST_HOLD_MS, () => this.#end(this.#parts.onFalseAlarm));
    }
    this.#utteranceId = utteranceId;
  }

  /** The caller's next audio. Costs nothing while nothing is held. */
  hear(audio: Base64Audio): void {
    if (!this.isHolding) return;
    if (loudness(audio) >= VOICE) this.#voicedMs += bytesIn(audio) / BYTES_PER_MS;
    if (this.#voicedMs >= this.#parts.bargeInMs) this.#end(this.#parts.onInterruption);
  }

  /** A word was understood, of whichever utterance. */
  hearWords(): void {
    if (this.isHolding) this.#end(this.#parts.onInterruption);
  }

  /** An utterance turned out to hold no words. */
  hearNoWords(utteranceId: string): void {
    if (this.#utteranceId === utteranceId) this.#end(this.#parts.onFalseAlarm);
  }

  /** The caller has fallen silent, and nothing is there that would tell what they said. */
  hearSilence(): void {
    if (this.isHolding) this.#end(this.#parts.onFalseAlarm);
  }

  /** Whatever was held is over. */
  stop(): void {
    this.#end(() => {});
  }

  #end(then: () => void): void {
    this.#cancelCap();
    this.#utteranceId = null;
    then();
  }
}
