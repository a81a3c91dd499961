// The silence that Twilio leaves out of the caller's audio (L5). Without it the VAD's clock stands still and an utterance
// never closes.
import { BYTES_PER_MS, bytesIn } from '../call/mulaw.ts';
import type { Base64Audio } from '../call/ports.ts';

const LONGEST_GAP_MS = 10_000;
/** A gap shorter than a frame is jitter of the stream's clock, not silence. */
const SHORTEST_GAP_MS = 20;

/** Follows one stream's own clock. */
export class StreamClock {
  #heardUntilMs: number | null = null;

  /** Returns how much silence, in ms, Twilio left out before this frame. Call it once for each, in order. */
  gapBefore(timestampMs: number, audio: Base64Audio): number {
    const gapMs = this.#heardUntilMs === null ? 0 : timestampMs - this.#heardUntilMs;
    this.#heardUntilMs = Math.max(this.#heardUntilMs ?? 0, timestampMs + bytesIn(audio) / BYTES_PER_MS);
    return gapMs < SHORTEST_GAP_MS ? 0 : Math.min(gapMs, LONGEST_GAP_MS);
  }

  /** Accounts for silence that was sent ahead of the stream, so that its gap is not filled again. */
  filled(ms: number): void {
    if (this.#heardUntilMs !== null) this.#heardUntilMs += ms;
  }
}
