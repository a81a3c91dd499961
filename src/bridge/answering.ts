// When what the caller said becomes the agent's next message: once they have finished (L6), or ahead of that (T11). Nobody
// is answered who is being left, and no machine.
import type { CallParts } from './bridge-parts.ts';
import type { Ending } from './ending.ts';
import type { Floor } from './floor.ts';
import type { Listening } from './listening.ts';

export interface AnsweringParts extends Pick<CallParts, 'dialogue' | 'listening'> {
  readonly ending: Ending;
  readonly floor: Floor;
  readonly isMachine: () => boolean;
  /** There is nothing to answer. */
  readonly giveToCaller: () => void;
}

export class Answering {
  readonly #parts: AnsweringParts;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
  }

  /** The caller has finished. */
  answer(): void {
    if (!this.#isWanted) return;
    const { text, notes } = this.#take();
    if (this.#parts.dialogue.answer(text, notes)) this.#parts.floor.awaitAnswer();
    else this.#parts.giveToCaller();
  }

  /** The caller has perhaps finished. Returns whether the agent is asked. */
  answerAhead(): boolean {
    if (!this.#isWanted || !this.#parts.dialogue.canAskAhead) return false;
    const { text, notes } = this.#take();
    this.#parts.dialogue.answerAhead(text, notes);
    return true;
  }

  get #isWanted(): boolean {
    return !this.#parts.ending.isLeaving && !this.#parts.isMachine();
  }

  #take(): ReturnType<Listening['take']> {
    const said = this.#parts.listening.take();
    if (said.text !== '' || said.notes.length > 0) this.#parts.floor.noteCallerSpoke();
    return said;
  }
}
