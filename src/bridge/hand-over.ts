// How a call leaves this process while it goes on (R2), and what the next process needs for that (R3). What the caller is
// saying is known only here until it becomes a turn, so a call never leaves under their words unless time is short, and
// what is heard until the line is closed goes along (R7).
import type { BridgeParts, CallParts } from './bridge-parts.ts';
import type { ResumeState, Unanswered } from '../call/call-record.ts';
import type { AgentMessage, Line, LineEvent } from '../call/ports.ts';
import type { CallFacts } from '../call/call.ts';
import type { Ending } from './ending.ts';

/** A caller who has not begun to answer by then is thinking, so the stream can drop without losing speech. */
const ANSWERED_WITHIN_MS = 600;
/** Where time is short, the caller hears a sentence to its end if that comes so soon: between two, no word is cut. */
const SENTENCE_WITHIN_MS = 2_000;

export interface HandOverParts extends CallParts {
  readonly call: CallFacts;
  readonly ending: Ending;
  /** Whether another process can take the call now. Never rejects. */
  readonly mayLeave: () => Promise<boolean>;
  readonly keep: BridgeParts['keep'];
  /** The call stays after all, and the caller has the word. */
  readonly onStay: () => void;
}

export class HandOver {
  readonly #parts: HandOverParts;
  #isWanted = false;
  /** Leaves at the end of this sentence. */
  #isOverdue = false;
  /** Still open while the hand-over is being written down. */
  #line: Line | null = null;
  /** Words that the caller typed while the hand-over is being written down. */
  readonly #typedLast: string[] = [];
  #cancelLook = (): void => {};

  constructor(parts: HandOverParts) {
    this.#parts = parts;
  }

  /** Whether the call is to leave as soon as it can. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** `isLeaving`: nothing more happens here. */
  resumeState(isLeaving: boolean): ResumeState {
    const { call, settings, dialogue, listening, line, ending } = this.#parts;
    const { errand } = ending;
    const isWithoutLine = !line.isHere && (!line.hasBeenHere || errand !== null);
    return {
      profile: settings.profile,
      parameters: call.parameters,
      agent: dialogue.memory,
      speaking: dialogue.speaking,
      order:
        errand?.type === 'transfer' ? { type: 'transfer', to: errand.to, summary: errand.summary } : errand,
      unanswered: joined(dialogue.waiting, listening.unanswered(isLeaving || isWithoutLine)),
      isWhole: isLeaving || isWithoutLine,
    };
  }

  /** Leaves soon after the caller has the word; `isOverdue`, with the sentence that they hear, or in the middle of it. */
  begin(isOverdue: boolean): void {
    const wasWanted = this.#isWanted;
    this.#isWanted = true;
    // Last words end the call sooner than another process could begin them again.
    if (this.#parts.ending.isClosing) return;
    if (isOverdue) this.#leaveNow();
    else if (!this.leaveIfWithoutLine() && !wasWanted) this.leaveSoon();
  }

  /** R7: what is heard from now on is for the next process. Returns what that needs. */
  leave(): ResumeState {
    this.#line = this.#parts.line.current;
    this.#parts.listening.leave();
    return this.resumeState(true);
  }

  hearLast(line: Line, event: LineEvent): void {
    if (line !== this.#line) return;
    if (event.type === 'audio') this.#parts.listening.hearAudio(event.audio, event.timestampMs);
    else if (event.type === 'typed') this.#typedLast.push(event.text);
    else if (event.type === 'closed') this.#line = null;
  }

  /** Writes it down, closes the line, and adds what was heard until then. */
  write(resume: ResumeState): Promise<void> {
    return this.#parts.keep(resume, () => {
      this.#line?.close();
      this.#line = null;
      const audio = this.#parts.listening.unanswered(true)?.audio ?? [];
      const typed = this.#typedLast.splice(0);
      if (audio.length === 0 && typed.length === 0) return resume;
      const { text = '', notes = [] } = resume.unanswered ?? {};
      return { ...resume, unanswered: { text: [text, ...typed].join(' ').trim(), notes, audio } };
    });
  }

  /** The caller has heard a sentence, and nothing of the next. */
  noteSentenceOver(): void {
    if (this.#isOverdue) this.#parts.end('handed-over');
  }

  #leaveNow(): void {
    const { clock, playout, end } = this.#parts;
    if (!playout.isSounding) return end('handed-over');
    if (this.#isOverdue) return;
    this.#isOverdue = true;
    clock.after(SENTENCE_WITHIN_MS, () => {
      if (this.#isOverdue) end('handed-over');
    });
  }

  /** No other process can take the call any more. */
  stay(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#isOverdue = false;
    this.#cancelLook();
    if (this.#isQuiet) this.#parts.onStay();
  }

  /** R6: the next stream does not come to this process, so a call that waits for one leaves. Returns whether it did. */
  leaveIfWithoutLine(): boolean {
    const { line, ending, end } = this.#parts;
    if (!this.#isWanted || line.isHere || ending.isLeaving) return false;
    end('handed-over');
    return true;
  }

  /** The caller has the word: leaves unless they use it. */
  leaveSoon(): void {
    const { clock, mayLeave, end } = this.#parts;
    this.#cancelLook();
    this.#cancelLook = clock.after(ANSWERED_WITHIN_MS, () => {
      if (!this.#isQuiet) return;
      void mayLeave().then((may) => {
        if (may && this.#isWanted && this.#isQuiet) end('handed-over');
      });
    });
  }

  get #isQuiet(): boolean {
    const { dialogue, listening, ending } = this.#parts;
    return !dialogue.isBusy && !listening.isExpectingMore && !listening.hasWords && !ending.isLeaving;
  }
}

/** What waits for its turn comes before what was heard since. */
function joined(waiting: AgentMessage | null, heard: Unanswered | null): Unanswered | null {
  if (waiting === null) return heard;
  const notes = waiting.notes.map((text) => ({ kind: 'needed', text }) as const);
  return {
    text: [waiting.text, heard?.text ?? ''].filter((text) => text !== '').join(' '),
    notes: [...notes, ...(heard?.notes ?? [])],
    audio: heard?.audio ?? [],
  };
}
