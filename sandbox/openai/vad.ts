// Voice activity by loudness, as `server_vad` would decide it: in windows of 20 ms of the audio that was appended. Time
// here is audio, never the clock: a client that stops sending leaves the utterance open for ever.
import { SAMPLES_PER_MS, loudness } from '../tones.ts';

export interface VadSettings {
  /** 0 to 1, the vendor's scale. */
  readonly threshold: number;
  readonly prefixMs: number;
  readonly silenceMs: number;
}

export interface VadEvents {
  /** Where the audio of the utterance begins: the first loud window less the prefix. */
  started(startMs: number): void;
  /** Where it ends, the silence that proved it included. */
  stopped(endMs: number): void;
}

const WINDOW_MS = 20;
const WINDOW_BYTES = WINDOW_MS * SAMPLES_PER_MS;
/** Loud speech on the scale of `loudness`; a threshold of 1 asks for this much, 0.5 for half of it. */
const FULL_SPEECH = 0.1;

export class Vad {
  readonly #settings: VadSettings;
  readonly #events: VadEvents;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #filled = 0;
  #windowEndMs: number;
  #quietMs = 0;
  #isSpeech = false;

  /** `fromMs`: how much audio the session was sent before this one began to listen. */
  constructor(settings: VadSettings, fromMs: number, events: VadEvents) {
    this.#settings = settings;
    this.#windowEndMs = fromMs;
    this.#events = events;
  }

  get isSpeech(): boolean {
    return this.#isSpeech;
  }

  /** Forgets a begun utterance; the count of time goes on. */
  reset(): void {
    this.#isSpeech = false;
    this.#quietMs = 0;
  }

  hear(audio: Uint8Array): void {
    let taken = 0;
    while (taken < audio.length) {
      const piece = audio.subarray(taken, taken + WINDOW_BYTES - this.#filled);
      this.#window.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled === WINDOW_BYTES) this.#judge();
    }
  }

  #judge(): void {
    this.#filled = 0;
    this.#windowEndMs += WINDOW_MS;
    if (loudness(this.#window) >= this.#settings.threshold * FULL_SPEECH) {
      this.#quietMs = 0;
      if (this.#isSpeech) return;
      this.#isSpeech = true;
      this.#events.started(Math.max(0, this.#windowEndMs - WINDOW_MS - this.#settings.prefixMs));
    } else if (this.#isSpeech) {
      this.#quietMs += WINDOW_MS;
      if (this.#quietMs < this.#settings.silenceMs) return;
      this.reset();
      this.#events.stopped(this.#windowEndMs);
    }
  }
}
