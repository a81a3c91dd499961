// T9: a caller who waits for an answer hears something at least every 4 s, whatever keeps it (their words, the agent or the
// voice): the filler, and then the thinking sound again and again. T4 covers the agent alone, and sooner; the shares of
// all three may be short and their sum long.
import type { Clock } from '../call/ports.ts';

/** After this much silence a caller wonders whether anybody is there. */
const FIRST_SILENCE_MS = 3_500;
/** The sound that follows is over before 4 s are. */
const NEXT_SILENCE_MS = 2_400;
const LOOK_EVERY_MS = 250;

export interface AnswerWaitParts {
  readonly clock: Clock;
  readonly fillerAfterMs: number;
  /** Whether the caller waits for an answer. */
  readonly isOwed: () => boolean;
  /** Whether their line is here and silent. */
  readonly canSpeak: () => boolean;
  /** How many fillers this call has had, from any part of it. */
  readonly fillers: () => number;
  readonly sayFiller: () => void;
  readonly think: () => void;
}

export class AnswerWait {
  readonly #parts: AnswerWaitParts;
  #isWaiting = false;
  #isCallerSpeaking = false;
  #quietSince = 0;
  #fillersBefore = 0;
  #cancel = (): void => {};

  constructor(parts: AnswerWaitParts) {
    this.#parts = parts;
  }

  get isCallerSpeaking(): boolean {
    return this.#isCallerSpeaking;
  }

  /** The caller makes a sound: nothing is owed before it is over. */
  hearSound(): void {
    this.#isCallerSpeaking = true;
    this.#isWaiting = false;
    this.#cancel();
  }

  hearPause(): void {
    this.#isCallerSpeaking = false;
    this.begin();
  }

  /** The voice detection is away: nobody will say when the caller stops. */
  forgetSound(): void {
    this.#isCallerSpeaking = false;
  }

  begin(): void {
    if (this.#isWaiting || this.#isCallerSpeaking) return;
    this.#isWaiting = true;
    this.#quietSince = this.#parts.clock.now();
    this.#fillersBefore = this.#parts.fillers();
    this.#lookAfter(LOOK_EVERY_MS);
  }

  #look(): void {
    const { clock, isOwed, canSpeak, sayFiller, think } = this.#parts;
    this.#isWaiting = isOwed();
    if (!this.#isWaiting) return;
    const now = clock.now();
    if (!canSpeak()) this.#quietSince = now;
    else if (now - this.#quietSince >= this.#limitMs) {
      this.#quietSince = now;
      if (this.#hasFilled) think();
      else sayFiller();
    }
    this.#lookAfter(Math.min(LOOK_EVERY_MS, this.#quietSince + this.#limitMs - now));
  }

  #lookAfter(ms: number): void {
    this.#cancel = this.#parts.clock.after(ms, () => this.#look());
  }

  get #hasFilled(): boolean {
    return this.#parts.fillers() > this.#fillersBefore;
  }

  get #limitMs(): number {
    return this.#hasFilled ? NEXT_SILENCE_MS : Math.max(FIRST_SILENCE_MS, this.#parts.fillerAfterMs);
  }
}
