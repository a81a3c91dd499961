// R1: whoever waits for an answer while speech is away hears, from memory, that somebody is there. What the caller says
// then is known to no VAD, since that is away too, so that it is told by its loudness. Once for every time it is away.
import { VOICE } from './barge-in.ts';
import { BYTES_PER_MS, bytesIn, loudness } from '../call/mulaw.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';

/** Before that, nobody notices. */
const AWAY_MS = 2500;
const LOOK_EVERY_MS = 250;
/** So much of voice is no click. */
const SPOKEN_MS = 200;
/** The caller has paused. */
const PAUSE_MS = 1000;

export interface SpeechOutageParts {
  readonly clock: Clock;
  /** Whether the caller waits for something that only speech can hear or say. */
  readonly isAnswerDue: () => boolean;
  /** Whether the caller is there and hears nothing else. */
  readonly canSpeak: () => boolean;
  readonly onWait: () => void;
  /** The caller has paused: whatever was held for what they say is not decided by words. */
  readonly onPause: () => void;
}

export class SpeechOutage {
  readonly #parts: SpeechOutageParts;
  #isAway = false;
  #voicedMs = 0;
  #lastVoiceAt = 0;
  #cancelLook = (): void => {};

  constructor(parts: SpeechOutageParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.end();
    this.#isAway = true;
    this.#voicedMs = 0;
    this.#cancelLook = this.#parts.clock.after(AWAY_MS, () => this.#look());
  }

  end(): void {
    this.#isAway = false;
    this.#cancelLook();
  }

  /** The caller's next audio. Costs nothing while speech is there. */
  hear(audio: Base64Audio): void {
    if (!this.#isAway || loudness(audio) < VOICE) return;
    this.#voicedMs += bytesIn(audio) / BYTES_PER_MS;
    this.#lastVoiceAt = this.#parts.clock.now();
  }

  #look(): void {
    const { clock, isAnswerDue, canSpeak, onWait, onPause } = this.#parts;
    const isSpeaking = clock.now() - this.#lastVoiceAt < PAUSE_MS;
    if (!isSpeaking) onPause();
    const isWaiting = this.#voicedMs >= SPOKEN_MS || isAnswerDue();
    if (isWaiting && !isSpeaking && canSpeak()) return onWait();
    this.#cancelLook = clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}
