// Places a call's audio in time for the recording: what the caller said, and what the caller heard. Both sides are placed by
// when Twilio's frames and marks arrive, so both have the same delay. Audio that was sent but never heard is not recorded.
import { BYTES_PER_MS, bytesIn } from './mulaw.ts';
import type { Base64Audio, Clock } from './ports.ts';

/** Keeps the audio of one call. Its methods never throw and do no more than take note. `from` is by the call's clock. */
export interface Tape {
  hearCaller(audio: Base64Audio, from: number): void;
  /** What the caller heard of the agent. */
  hearAgent(audio: Base64Audio, from: number): void;
  end(): void;
}

/** A stream begins with whatever came to wait for it: only then do its frames come as they are spoken. */
const SETTLE_MS = 200;
/** Five seconds of frames: as much as waits for a call at most. */
const MOST_UNPLACED = 300;
/** No frame comes before it was spoken. One that seems to, by more than jitter of the clocks, shows that the others came late. */
const EARLY_MS = 40;
/** A frame so late is not late: the stream's clock was set. */
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
  /** What has no place yet; null once the stream has settled. */
  #unplaced: Frame[] | null = [];
  #streamSince: number | null = null;
  /** Until when the caller has heard the agent. */
  #heardUntil = -Infinity;

  /** Where there is no tape nothing is done. */
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
   * Audio that the caller heard to its end at `endedAt`. What was sent before the last had ended follows on it without a
   * break: marks come back unevenly, and the sound does not.
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
