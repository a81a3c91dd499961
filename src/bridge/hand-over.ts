// How a call leaves this process while it goes on (R2), and what the next process needs for that (R3). What the caller is
// saying is known only here until it becomes a turn, so a call never leaves under their words unless time is short.
import type { CallParts } from './bridge-parts.ts';
import type { ResumeState } from '../call/call-record.ts';
import type { CallFacts } from '../call/call.ts';
import type { Ending } from './ending.ts';

/** A caller who has not begun to answer by then is thinking, so the stream can drop without losing speech. */
const ANSWERED_WITHIN_MS = 600;

export interface HandOverParts extends CallParts {
  readonly call: CallFacts;
  readonly ending: Ending;
}

export class HandOver {
  readonly #parts: HandOverParts;
  #isWanted = false;
  #cancelLook = (): void => {};

  constructor(parts: HandOverParts) {
    this.#parts = parts;
  }

  /** Whether the call is to leave as soon as it can. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  get resumeState(): ResumeState {
    const { call, settings, dialogue, ending } = this.#parts;
    const { errand } = ending;
    return {
      profile: settings.profile,
      parameters: call.parameters,
      agent: dialogue.memory,
      speaking: dialogue.speaking,
      order:
        errand?.type === 'transfer' ? { type: 'transfer', to: errand.to, summary: errand.summary } : errand,
    };
  }

  /** Leaves at once, even in mid-sentence, or else soon after the caller has the word. */
  begin(atOnce: boolean): void {
    this.#isWanted = true;
    // Last words end the call sooner than another process could begin them again.
    if (this.#parts.ending.isClosing) return;
    if (atOnce) this.#parts.end('handed-over');
    else this.leaveSoon();
  }

  /** The caller has the word: leaves unless they use it. */
  leaveSoon(): void {
    const { clock, dialogue, listening, ending, end } = this.#parts;
    this.#cancelLook();
    this.#cancelLook = clock.after(ANSWERED_WITHIN_MS, () => {
      const isQuiet = !dialogue.isBusy && !listening.isExpectingMore && !listening.hasWords;
      if (isQuiet && !ending.isLeaving) end('handed-over');
    });
  }
}
