// The agent's silences in one turn (T4): the filler that covers them, and how long each may be. The SDKs have no deadline
// between two events of a stream. The filler's time runs on when the agent is asked again: it is the caller who waits,
// and to them it is one silence.
import type { Clock } from '../call/ports.ts';

export interface AgentWatchdogParts {
  readonly clock: Clock;
  /** Silence of the agent after which a filler is spoken. */
  readonly fillerAfterMs: number;
  /** A pause between two words after which the reply is taken for broken off. */
  readonly stallMs: number;
  /** Whether the caller is hearing anything now: a filler is for silence only. */
  readonly isCallerHearing: () => boolean;
  /** Whether the agent wants silence. */
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

  /** The agent is asked, and has so long for its first word; the signal aborts once a silence was too long. */
  begin(firstWordMs: number): AbortSignal {
    // Who waited in vain, and now waits on, is told so once more.
    if (this.#overdue.signal.aborted && this.#hasFilled) this.#fill();
    if (!this.#hasFilled && this.#cancelFiller === null) this.#fillLater();
    this.#overdue = new AbortController();
    this.#allow(firstWordMs);
    return this.#overdue.signal;
  }

  /** The agent has written a word. */
  noteWord(): void {
    if (!this.#hasFilled) this.#fillLater();
    this.#allow(this.#parts.stallMs);
  }

  /** Nothing is awaited of what was asked; it may be asked again. */
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
