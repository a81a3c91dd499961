// R1: a caller who waits for an answer while speech is away hears the filler from memory, once per outage. The VAD is away
// too, so this detects the caller's speech by its loudness.
import { VOICE } from './barge-in.ts';
import { BYTES_PER_MS, bytesIn, loudness } from '../call/mulaw.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';

/** Nobody notices a shorter outage. */
const AWAY_MS = 2500;
const LOOK_EVERY_MS = 250;
/** Anything shorter is a click, not speech. */
const SPOKEN_MS = 200;
const PAUSE_MS = 1000;

export interface SpeechOutageParts {
  readonly clock: Clock;
  /** Whether the caller waits for words that only speech can hear or say. */
  readonly isAnswerDue: () => boolean;
  /** Whether the caller's line is here and silent. */
  readonly canSpeak: () => boolean;
  readonly onWait: () => void;
  /** The caller has paused: a held reply need not wait for words. */
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

  /** Whether the caller has spoken meanwhile, and waits. */
  get isWaitedFor(): boolean {
    return this.#isAway && this.#voicedMs >= SPOKEN_MS && !this.#isSpeaking;
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

  /** The caller's next audio, decoded only during an outage. */
  hear(audio: Base64Audio): void {
    if (!this.#isAway || loudness(audio) < VOICE) return;
    this.#voicedMs += bytesIn(audio) / BYTES_PER_MS;
    this.#lastVoiceAt = this.#parts.clock.now();
  }

  #look(): void {
    const { clock, isAnswerDue, canSpeak, onWait, onPause } = this.#parts;
    const isSpeaking = this.#isSpeaking;
    if (!isSpeaking) onPause();
    const isWaiting = this.#voicedMs >= SPOKEN_MS || isAnswerDue();
    if (isWaiting && !isSpeaking && canSpeak()) return onWait();
    this.#cancelLook = clock.after(LOOK_EVERY_MS, () => this.#look());
  }
  get #isSpeaking(): boolean {
    return this.#parts.clock.now() - this.#lastVoiceAt < PAUSE_MS;
  }
}
