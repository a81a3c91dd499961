// The person who was called: they speak first (C3), or are a machine, or a call screener that asks who is calling (C4).
// The carrier's verdict on that comes late, and takes a screener for a machine.
import type { AnsweredBy, Assignment } from '../call/assignment.ts';
import type { CallParts } from './bridge-parts.ts';
import type { Ending } from './ending.ts';
import type { Floor } from './floor.ts';
import { answeredInSilenceNote } from '../call/notes.ts';
import { isScreener, screenerNote } from './outbound-notes.ts';

const LOOK_AGAIN_MS = 250;
/** The verdict waits this long for the words being spoken: they may be a screener's question. */
const TRANSCRIPT_WAIT_MS = 3_000;
const MOST_UTTERANCES_OF_A_SCREENER = 3;

export interface CalleeParts extends CallParts {
  /** null: a machine hears nothing. */
  readonly voicemail: Assignment['voicemail'];
  readonly floor: Floor;
  readonly ending: Ending;
}

export class Callee {
  readonly #parts: CalleeParts;
  #utterances = 0;
  #isScreener = false;
  #isMachine = false;

  constructor(parts: CalleeParts) {
    this.#parts = parts;
  }

  get isMachine(): boolean {
    return this.#isMachine;
  }

  answered(): void {
    const { clock, settings } = this.#parts;
    clock.after(settings.firstWordWaitMs, () => this.#lookForWords());
  }

  hearWords(transcript: string): void {
    this.#utterances++;
    if (this.#isScreener || this.#utterances > MOST_UTTERANCES_OF_A_SCREENER || !isScreener(transcript))
      return;
    this.#isScreener = true;
    this.#isMachine = false;
    this.#parts.emit({ type: 'screener-heard' });
    this.#parts.dialogue.note(screenerNote());
  }

  /** The carrier's verdict. `isMessageOver`: the machine has beeped and records. */
  hearVerdict(answeredBy: AnsweredBy, isMessageOver: boolean): void {
    this.#parts.emit({ type: 'machine-detected', answeredBy });
    if (answeredBy === 'machine' || answeredBy === 'fax') this.#judge(answeredBy, isMessageOver, 0);
  }

  #judge(answeredBy: AnsweredBy, isMessageOver: boolean, waitedMs: number): void {
    if (this.#isScreener) return;
    const { clock, voicemail, listening, floor, ending, end } = this.#parts;
    if (listening.isExpectingMore && waitedMs < TRANSCRIPT_WAIT_MS) {
      clock.after(LOOK_AGAIN_MS, () => this.#judge(answeredBy, isMessageOver, waitedMs + LOOK_AGAIN_MS));
      return;
    }
    if (!this.#isMachine) floor.hush();
    this.#isMachine = true;
    if (answeredBy === 'fax' || voicemail === null) end('machine');
    else if (isMessageOver) ending.leaveMessage(voicemail, 'voicemail-left');
  }

  /** C3: a callee who says nothing hears the agent begin. */
  #lookForWords(): void {
    const { clock, listening, dialogue } = this.#parts;
    if (this.#utterances > 0 || this.#isMachine) return;
    if (listening.isExpectingMore) clock.after(LOOK_AGAIN_MS, () => this.#lookForWords());
    else if (!dialogue.isBusy) dialogue.prompt(answeredInSilenceNote());
  }
}
