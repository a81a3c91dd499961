// Says again and again that this process is there, and asks who else is: a process that leaves hands its calls over
// only where another one would take them.
import type { CallStore } from '../call/call-store.ts';
import type { Clock } from '../call/ports.ts';
import { within } from '../call/waiting.ts';

const BEAT_EVERY_MS = 5_000;
/** Two beats may fail before a process is taken for gone. */
const GONE_AFTER_MS = 12_000;
const ANSWER_WITHIN_MS = 1_000;

export interface PresenceParts {
  readonly store: Pick<CallStore, 'beat'>;
  readonly ownerId: string;
  readonly clock: Clock;
}

export class Presence {
  readonly #parts: PresenceParts;
  #isLeaving = false;
  #isStopped = false;
  #takeBack = (): void => {};

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    void this.#beatOn();
  }

  /** False also where the store does not answer in time: then it would take no hand-over either. */
  async othersAreHere(): Promise<boolean> {
    return (
      (await within(
        this.#parts.clock,
        ANSWER_WITHIN_MS,
        this.#beat().catch(() => 0),
        0,
      )) > 0
    );
  }

  leave(): void {
    this.#isLeaving = true;
    void this.#beat();
  }

  stop(): void {
    this.#isStopped = true;
    this.#takeBack();
  }

  async #beatOn(): Promise<void> {
    await this.#beat();
    if (!this.#isStopped) this.#takeBack = this.#parts.clock.after(BEAT_EVERY_MS, () => void this.#beatOn());
  }

  /** How many others are there; 0 where the store cannot tell. */
  #beat(): Promise<number> {
    const { store, ownerId, clock } = this.#parts;
    const now = clock.now();
    return store.beat(ownerId, now, this.#isLeaving, now - GONE_AFTER_MS).catch(() => 0);
  }
}
