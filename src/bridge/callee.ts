// A call out has somebody for its caller who did not call: they speak first, may be a machine, or something that asks
// who is calling before it lets anybody through. The carrier's word on that comes late, and is wrong about the last.
import type { AnsweredBy, Assignment } from '../call/assignment.ts';
import type { CallEventBody } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { isScreener } from './outbound-notes.ts';

const LOOK_AGAIN_MS = 250;
/** What is being said when a machine is detected is heard out, for it may be a screener's question. */
const TRANSCRIPT_WAIT_MS = 3_000;
/** A screener asks at once, or not at all. */
const MOST_UTTERANCES_OF_A_SCREENER = 3;

export interface CalleeParts {
  readonly clock: Clock;
  readonly firstWordWaitMs: number;
  readonly voicemail: Assignment['voicemail'];
  /** Whether they are speaking, or their words are still being made out. */
  readonly isSpeaking: () => boolean;
  /** They picked up and said nothing. */
  readonly onSilence: () => void;
  readonly onScreener: () => void;
  /** It is a machine: nothing more is said to it, but a message. */
  readonly onMachine: () => void;
  /** null: nothing is to be left. */
  readonly onBeep: (message: Assignment['voicemail']) => void;
  readonly emit: (event: CallEventBody) => void;
}

export class Callee {
  readonly #parts: CalleeParts;
  #utterances = 0;
  #isScreener = false;
  #isMachine = false;

  constructor(parts: CalleeParts) {
    this.#parts = parts;
  }

  /** Whether what is heard is a recording, to which nobody answers. */
  get isMachine(): boolean {
    return this.#isMachine;
  }

  /** They are on the line. */
  answered(): void {
    this.#parts.clock.after(this.#parts.firstWordWaitMs, () => this.#lookForWords());
  }

  hearWords(transcript: string): void {
    this.#utterances++;
    if (this.#isScreener || this.#utterances > MOST_UTTERANCES_OF_A_SCREENER || !isScreener(transcript))
      return;
    this.#isScreener = true;
    this.#isMachine = false;
    this.#parts.emit({ type: 'screener-heard' });
    this.#parts.onScreener();
  }

  /** The carrier's verdict. `isMessageOver`: the machine now listens. */
  hearVerdict(answeredBy: AnsweredBy, isMessageOver: boolean): void {
    this.#parts.emit({ type: 'machine-detected', answeredBy });
    if (answeredBy === 'machine' || answeredBy === 'fax') this.#judge(answeredBy, isMessageOver, 0);
  }

  #judge(answeredBy: AnsweredBy, isMessageOver: boolean, waitedMs: number): void {
    if (this.#isScreener) return;
    const { clock, voicemail, isSpeaking, onMachine, onBeep } = this.#parts;
    if (isSpeaking() && waitedMs < TRANSCRIPT_WAIT_MS) {
      clock.after(LOOK_AGAIN_MS, () => this.#judge(answeredBy, isMessageOver, waitedMs + LOOK_AGAIN_MS));
      return;
    }
    if (!this.#isMachine) onMachine();
    this.#isMachine = true;
    const message = answeredBy === 'fax' ? null : voicemail;
    if (message === null || isMessageOver) onBeep(message);
  }

  #lookForWords(): void {
    if (this.#utterances > 0 || this.#isMachine) return;
    if (this.#parts.isSpeaking()) this.#parts.clock.after(LOOK_AGAIN_MS, () => this.#lookForWords());
    else this.#parts.onSilence();
  }
}
