// Places a call's audio in time for the recording: what the caller said, and what the caller heard. Both are placed by the
// arrival of Twilio's frames and marks, so both have the same delay. Audio that was sent but never heard is not recorded.
import { BYTES_PER_MS, bytesIn } from './mulaw.ts';
import type { Base64Audio, Clock } from './ports.ts';

/** Receives the audio of one call. Its methods never throw and return at once. `from` is by the call's clock. */
export interface Tape {
  hearCaller(audio: Base64Audio, from: number): void;
  hearAgent(audio: Base64Audio, from: number): void;
  end(): void;
}

/** A stream begins with a burst of frames that waited for it; later ones come as they are spoken. */
const SETTLE_MS = 200;
/** Six seconds of frames: more than can wait for a call. */
const MOST_UNPLACED = 300;
/** A frame that seems to come before it was spoken, by more than the clocks' jitter, proves that the others came late. */
const EARLY_MS = 40;
/** A frame this late means that the stream's clock was set. */
const LATE_MS = 9000;

interface Frame {
  readonly audio: Base64Audio;
  readonly timestampMs: number;
}

export class Taping {
  readonly #tape: Tape | null;
  readonly #clock: Clock;
  /** When the stream's own clock stood at zero. */
  #zeroAt = Infinity;
  /** Frames without a place yet; null once the stream has settled. */
  #unplaced: Frame[] | null = [];
  #streamSince: number | null = null;
  /** Until when the caller has heard the agent. */
  #heardUntil = -Infinity;

  /** Without a tape it does nothing. */
  constructor(tape: Tape | null, clock: Clock) {
    this.#tape = tape;
    this.#clock = clock;
  }

  /** A stream has a clock of its own, from zero. */
  beginStream(): void {
    this.#place();
    this.#zeroAt = Infinity;
    this.#streamSince = null;
    this.#unplaced = [];
  }

  hearCaller(audio: Base64Audio, timestampMs: number): void {
    if (this.#tape === null) return;
    const now = this.#clock.now();
    const zeroAt = now - timestampMs - bytesIn(audio) / BYTES_PER_MS;
    if (this.#unplaced === null) {
      if (zeroAt < this.#zeroAt - EARLY_MS || zeroAt > this.#zeroAt + LATE_MS) this.#zeroAt = zeroAt;
      this.#tape.hearCaller(audio, this.#zeroAt + timestampMs);
      return;
    }
    this.#unplaced.push({ audio, timestampMs });
    this.#zeroAt = Math.min(this.#zeroAt, zeroAt);
    this.#streamSince ??= now;
    if (now - this.#streamSince >= SETTLE_MS || this.#unplaced.length >= MOST_UNPLACED) this.#place();
  }

  /**
   * Audio whose end the caller heard at `endedAt`. If it was sent before the audio before it had ended, it follows without a
   * gap: only the marks come unevenly, not the sound.
   */
  readonly hearAgent = (audio: Base64Audio, sentAt: number, endedAt: number): void => {
    if (this.#tape === null) return;
    const ms = bytesIn(audio) / BYTES_PER_MS;
    const from = sentAt <= this.#heardUntil ? this.#heardUntil : Math.max(this.#heardUntil, endedAt - ms);
    this.#heardUntil = from + ms;
    this.#tape.hearAgent(audio, from);
  };

  end(): void {
    this.#place();
    this.#tape?.end();
  }

  #place(): void {
    for (const { audio, timestampMs } of this.#unplaced ?? [])
      this.#tape?.hearCaller(audio, this.#zeroAt + timestampMs);
    this.#unplaced = null;
  }
}
