// Tells the store that this process is running, and asks which others are: a process that stops hands its calls over only
// if another one can take them.
import type { CallRecordsParts } from './call-records.ts';
import { repeat, within } from '../call/waiting.ts';

const BEAT_EVERY_MS = 5_000;
/** Two beats may fail before a process counts as gone. */
const GONE_AFTER_MS = 12_000;
const ANSWER_WITHIN_MS = 1_000;

type PresenceParts = Pick<CallRecordsParts, 'store' | 'ownerId' | 'clock'>;

export class Presence {
  readonly #parts: PresenceParts;
  readonly stop: () => void;
  #isLeaving = false;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    void this.#beat();
    this.stop = repeat(parts.clock, BEAT_EVERY_MS, () => this.#beat());
  }

  /** False also when the store does not answer in time: then it would take no hand-over either. */
  async othersAreHere(): Promise<boolean> {
    return (await within(this.#parts.clock, ANSWER_WITHIN_MS, this.#beat(), 0)) > 0;
  }

  leave(): void {
    this.#isLeaving = true;
    void this.#beat();
  }

  #beat(): Promise<number> {
    const { store, ownerId, clock } = this.#parts;
    const now = clock.now();
    return store.beat(ownerId, now, this.#isLeaving, now - GONE_AFTER_MS).catch(() => 0);
  }
}
