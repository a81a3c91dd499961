// Whether the caller means to interrupt (B2, B3). The VAD starts for a cough too, and reports "stopped" only after its own
// stretch of silence; so this measures the length of the speech on the caller's audio, while a reply is held.
import { BYTES_PER_MS, bytesIn, loudness } from '../call/mulaw.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';

/** A louder frame counts as voice: about -38 dB, above a quiet line's noise. */
export const VOICE = 400;
/** Without words or a closed utterance by then, the reply continues. */
const LONGEST_HOLD_MS = 8000;
/** Words that come later than this after the sound are words all the same; until then the caller would hear nothing. */
const HELD_AFTER_SOUND_MS = 3_500;

export interface BargeInParts {
  readonly clock: Clock;
  readonly bargeInMs: number;
  /** The hold has ended: it was speech. */
  readonly onInterruption: () => void;
  /** The hold has ended: it was no speech. */
  readonly onFalseAlarm: () => void;
}

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

  /** The caller makes a sound over the reply; further sounds belong to the same hold. */
  begin(utteranceId: string): void {
    if (!this.isHolding) this.#voicedMs = 0;
    this.#holdFor(LONGEST_HOLD_MS);
    this.#utteranceId = utteranceId;
  }

  /** The sound is over; its transcript is awaited. */
  hearPause(): void {
    if (this.isHolding) this.#holdFor(HELD_AFTER_SOUND_MS);
  }

  /** The caller's next audio, decoded only during a hold. */
  hear(audio: Base64Audio): void {
    if (!this.isHolding) return;
    if (loudness(audio) >= VOICE) this.#voicedMs += bytesIn(audio) / BYTES_PER_MS;
    if (this.#voicedMs >= this.#parts.bargeInMs) this.#end(this.#parts.onInterruption);
  }

  /** A word of any utterance was transcribed. */
  hearWords(): void {
    if (this.isHolding) this.#end(this.#parts.onInterruption);
  }

  hearNoWords(utteranceId: string): void {
    if (this.#utteranceId === utteranceId) this.#end(this.#parts.onFalseAlarm);
  }

  /** The caller has fallen silent, and no transcript will come. */
  hearSilence(): void {
    if (this.isHolding) this.#end(this.#parts.onFalseAlarm);
  }

  stop(): void {
    this.#end(() => {});
  }

  #holdFor(ms: number): void {
    this.#cancelCap();
    this.#cancelCap = this.#parts.clock.after(ms, () => this.#end(this.#parts.onFalseAlarm));
  }

  #end(then: () => void): void {
    this.#cancelCap();
    this.#utteranceId = null;
    then();
  }
}
