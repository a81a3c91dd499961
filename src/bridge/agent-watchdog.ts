// The agent's silences in one turn (T4): the filler that covers them, and the deadline of each, which the SDKs do not
// have. A retry does not restart the filler's timer: to the caller it is one silence.
import type { Clock } from '../call/ports.ts';

export interface AgentWatchdogParts {
  readonly clock: Clock;
  /** Silence of the agent after which a filler is spoken. */
  readonly fillerAfterMs: number;
  /** A longer pause between two words means that the reply has broken off. */
  readonly stallMs: number;
  readonly isCallerHearing: () => boolean;
  readonly isSilenceWanted: () => boolean;
  readonly sayFiller: () => void;
}

export class AgentWatchdog {
  readonly #parts: AgentWatchdogParts;
  #hasFilled = false;
  #overdue = new AbortController();
  #cancelFiller: (() => void) | null = null;
  #cancelDeadline = (): void => {};

  constructor(parts: AgentWatchdogParts) {
    this.#parts = parts;
  }

  /** The relay asks the agent, which has this long for its first word; the signal aborts after too long a silence. */
  begin(firstWordMs: number): AbortSignal {
    // A caller whose wait was in vain, and now continues, hears the filler once more.
    if (this.#overdue.signal.aborted && this.#hasFilled) this.#fill();
    if (!this.#hasFilled && this.#cancelFiller === null) this.#fillLater();
    this.#overdue = new AbortController();
    this.#allow(firstWordMs);
    return this.#overdue.signal;
  }

  noteWord(): void {
    if (!this.#hasFilled) this.#fillLater();
    this.#allow(this.#parts.stallMs);
  }

  /** This answer is over; a retry may begin. */
  pause(): void {
    this.#cancelDeadline();
  }

  stop(): void {
    this.pause();
    this.#cancelFiller?.();
    this.#cancelFiller = null;
  }

  #allow(ms: number): void {
    const overdue = this.#overdue;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#parts.clock.after(ms, () => overdue.abort());
  }

  #fillLater(): void {
    const { clock, fillerAfterMs } = this.#parts;
    this.#cancelFiller?.();
    this.#cancelFiller = clock.after(fillerAfterMs, () => this.#fill());
  }

  #fill(): void {
    const { isCallerHearing, isSilenceWanted, sayFiller } = this.#parts;
    this.#cancelFiller = null;
    if (isSilenceWanted()) return;
    if (isCallerHearing()) return this.#fillLater();
    this.#hasFilled = true;
    sayFiller();
  }
}
