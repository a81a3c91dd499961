// Tells the store that this process is running, and asks which others are: a process that stops hands its calls over only
// if another one can take them.
import type { CallRecordsParts } from './call-records.ts';
import { repeat, within } from '../call/waiting.ts';

const BEAT_EVERY_MS = 5_000;
/** Two beats may fail before a process counts as gone. */
const GONE_AFTER_MS = 12_000;
const ANSWER_WITHIN_MS = 1_000;
/** A store that is down for longer keeps no process from taking calls. */
const KNOWN_WITHIN_MS = 5_000;

type PresenceParts = Pick<CallRecordsParts, 'store' | 'ownerId' | 'clock'>;

export class Presence {
  readonly #parts: PresenceParts;
  readonly stop: () => void;
  #isLeaving = false;
  #isKnown = false;
  /** The question that is being asked. */
  #asking: Promise<number> | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    void this.#beat();
    const stopWaiting = parts.clock.after(KNOWN_WITHIN_MS, () => (this.#isKnown = true));
    const stopBeating = repeat(parts.clock, BEAT_EVERY_MS, () => this.#beat());
    this.stop = () => {
      stopWaiting();
      stopBeating();
    };
  }

  /** Whether other processes can know of this one, so that it may take calls. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /**
   * False also when the store does not answer in time: then it would take no hand-over either. Calls that leave together
   * share a question.
   */
  async othersAreHere(): Promise<boolean> {
    this.#asking ??= within(this.#parts.clock, ANSWER_WITHIN_MS, this.#beat(), 0).finally(
      () => (this.#asking = null),
    );
    return (await this.#asking) > 0;
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await within(this.#parts.clock, ANSWER_WITHIN_MS, this.#beat(), 0);
  }

  async #beat(): Promise<number> {
    const { store, ownerId, clock } = this.#parts;
    const now = clock.now();
    try {
      const others = await store.beat(ownerId, now, this.#isLeaving, now - GONE_AFTER_MS);
      this.#isKnown = true;
      return others;
    } catch {
      return 0;
    }
  }
}
