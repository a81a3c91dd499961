// R1: a session that answers pings and nothing else. Pongs come from the vendor's edge, so they prove the way and not
// the session behind it; only one that owes something and says nothing at all is known to be mute.
import type { Clock } from '../call/ports.ts';

/** Sooner than a transcript is overdue (L3), so that its words are heard again instead of given up. */
export const MUTE_MS = 4_500;

export interface MuteWatchParts {
  readonly clock: Clock;
  /** Whether something was asked that must be answered soon. */
  readonly owes: () => boolean;
  /** How long nothing has come. */
  readonly quietMs: () => number;
  readonly onMute: () => void;
}

export class MuteWatch {
  readonly #parts: MuteWatchParts;
  /** Since when something is owed without a pause. */
  #owedSince: number | null = null;
  #stopTimer = (): void => {};

  constructor(parts: MuteWatchParts) {
    this.#parts = parts;
  }

  /** To be called whenever something may have been asked or answered. */
  look(): void {
    const { clock, owes } = this.#parts;
    if (!owes()) return this.stop();
    if (this.#owedSince !== null) return;
    this.#owedSince = clock.now();
    this.#wait(MUTE_MS);
  }

  stop(): void {
    this.#owedSince = null;
    this.#stopTimer();
  }

  #wait(ms: number): void {
    const { clock, quietMs, onMute } = this.#parts;
    this.#stopTimer = clock.after(ms, () => {
      const owedMs = clock.now() - (this.#owedSince ?? clock.now());
      const leftMs = MUTE_MS - Math.min(owedMs, quietMs());
      if (leftMs > 0) return this.#wait(leftMs);
      this.stop();
      onMute();
    });
  }
}
