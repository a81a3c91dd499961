// R1: detects a session that answers pings and nothing else. Pongs come from the vendor's edge, so they do not prove that
// the session behind it lives; a session is mute if it owes an answer and sends no event at all.
import type { Clock } from '../call/ports.ts';

export const MUTE_MS = 4_000;

export interface MuteWatchParts {
  readonly clock: Clock;
  /** Whether the session owes an answer. */
  readonly owes: () => boolean;
  /** Time since the last event. */
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

  /** Call it whenever the session may have begun or ceased to owe an answer. */
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
