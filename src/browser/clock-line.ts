// A line that nobody hears: it plays by the clock. A typed call without sound has the same playout as any other, so that
// what counts as heard, and where a reply was interrupted, is the same too.
import { BYTES_PER_MS, bytesIn } from '../call/mulaw.ts';
import type { Base64Audio, Clock, Line } from '../call/ports.ts';

export interface ClockLineOptions {
  readonly streamId: string;
  readonly clock: Clock;
  readonly onMark: (name: string) => void;
  readonly onClose: () => void;
}

export class ClockLine implements Line {
  readonly streamId: string;
  readonly #options: ClockLineOptions;
  #playsUntil = 0;
  /** In the order in which they fall due. */
  #marks: { readonly name: string; readonly dueAt: number }[] = [];
  #cancel = (): void => {};

  constructor(options: ClockLineOptions) {
    this.streamId = options.streamId;
    this.#options = options;
  }

  play(audio: Base64Audio): void {
    const beginsAt = Math.max(this.#playsUntil, this.#options.clock.now());
    this.#playsUntil = beginsAt + bytesIn(audio) / BYTES_PER_MS;
  }

  mark(name: string): void {
    this.#marks.push({ name, dueAt: Math.max(this.#playsUntil, this.#options.clock.now()) });
    if (this.#marks.length === 1) this.#wait();
  }

  clear(): void {
    const now = this.#options.clock.now();
    this.#playsUntil = now;
    this.#marks = this.#marks.map(({ name }) => ({ name, dueAt: now }));
    this.#wait();
  }

  close(): void {
    this.stop();
    this.#options.onClose();
  }

  /** Nothing is played any more, and no mark comes. */
  stop(): void {
    this.#cancel();
    this.#marks = [];
  }

  #wait(): void {
    this.#cancel();
    const [next] = this.#marks;
    if (next === undefined) return;
    const { clock, onMark } = this.#options;
    this.#cancel = clock.after(next.dueAt - clock.now(), () => {
      this.#marks.shift();
      this.#wait();
      onMark(next.name);
    });
  }
}
