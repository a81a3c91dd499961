// What a caller heard, read back from the sound that was really played to them, and the waiting for it. Every wait goes
// on from where the last one found its words, so that waits one after the other follow the conversation.
import type { Clock } from '../../src/call/ports.ts';
import { SAMPLES_PER_MS } from '../tones.ts';
import { type Listener, TONES } from '../voice/voice.ts';

/** Quiet that ends whatever was sounding; a symbol's own quiet at its end is 2.5 ms. */
const PAUSE_MS = 2;

export interface HeardPiece {
  readonly text: string;
  /** When its last byte sounded, in milliseconds since the epoch. */
  readonly at: number;
}

interface Wait {
  readonly wanted: string | RegExp;
  readonly found: (text: string) => void;
  readonly failed: (error: Error) => void;
  readonly stopTimer: () => void;
}

export class Ear {
  readonly log: HeardPiece[] = [];
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #waits: Wait[] = [];
  /** Pending waits for silence: the ear calls each when the wait succeeds or fails. */
  readonly #silences = new Set<() => void>();
  /** Waits for words and the silence after them, likewise. */
  readonly #answers = new Set<() => void>();
  #text = '';
  #cursor = 0;
  #soundedUntil = 0;
  #isListening = true;
  #closedBecause: string | undefined;

  constructor(clock: Clock, listener: Listener = TONES.newListener()) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get text(): string {
    return this.#text;
  }

  hear(audio: Buffer, endedAt: number): void {
    this.rest(endedAt - audio.length / SAMPLES_PER_MS);
    this.#listener.hear(audio);
    this.#soundedUntil = endedAt;
    this.#isListening = true;
    this.#take();
  }

  /** Nothing has sounded up to `now`. */
  rest(now: number): void {
    if (!this.#isListening || now - this.#soundedUntil < PAUSE_MS) return;
    this.#isListening = false;
    this.#listener.pause();
    this.#take();
  }

  /** Resolves with the words that were found. */
  waitFor(wanted: string | RegExp, withinMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    promise.catch(() => {});
    const wait: Wait = {
      wanted,
      found: resolve,
      failed: reject,
      stopTimer: this.#clock.after(withinMs, () => {
        this.#waits.splice(this.#waits.indexOf(wait), 1);
        reject(this.#notHeard(wanted, `within ${withinMs} ms`));
      }),
    };
    this.#waits.push(wait);
    this.#serve();
    if (this.#closedBecause !== undefined) this.close(this.#closedBecause);
    return promise;
  }

  /** Resolves if nothing is heard for so long, or until the call is over. */
  waitForSilence(forMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    const from = this.#text.length;
    const decide = (): void => {
      stopTimer();
      this.#silences.delete(decide);
      const heard = this.#text.slice(from);
      if (heard === '') resolve();
      else reject(new Error(`wanted silence, but heard ${JSON.stringify(heard)}`));
    };
    const stopTimer = this.#clock.after(forMs, decide);
    this.#silences.add(decide);
    if (this.#closedBecause !== undefined) decide();
    return promise;
  }

  /**
   * Resolves once something was heard from now on, and then nothing for so long; or when the call is over. Leaves alone
   * where the next `waitFor` begins.
   */
  waitForAnswer(quietMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let stopTimer = (): void => {};
    const onHeard = (): void => {
      stopTimer();
      stopTimer = this.#clock.after(this.#closedBecause === undefined ? quietMs : 0, () => {
        this.#answers.delete(onHeard);
        resolve();
      });
    };
    this.#answers.add(onHeard);
    if (this.#closedBecause !== undefined) onHeard();
    return promise;
  }

  close(because: string): void {
    this.#closedBecause = because;
    for (const { wanted, failed, stopTimer } of this.#waits.splice(0)) {
      stopTimer();
      failed(this.#notHeard(wanted, because));
    }
    for (const decide of this.#silences) decide();
    for (const onHeard of this.#answers) onHeard();
  }

  #take(): void {
    // A character of several bytes is heard once its last byte is.
    const text = this.#listener.text.replace(/\uFFFD+$/, '');
    if (text.length <= this.#text.length) return;
    this.log.push({ text: text.slice(this.#text.length), at: this.#soundedUntil });
    this.#text = text;
    for (const decide of this.#silences) decide();
    for (const onHeard of this.#answers) onHeard();
    this.#serve();
  }

  #serve(): void {
    for (let wait = this.#waits[0]; wait; wait = this.#waits[0]) {
      const found = find(this.#text.slice(this.#cursor), wait.wanted);
      if (!found) return;
      this.#cursor += found.end;
      this.#waits.shift();
      wait.stopTimer();
      wait.found(found.words);
    }
  }

  #notHeard(wanted: string | RegExp, why: string): Error {
    const shown = typeof wanted === 'string' ? JSON.stringify(wanted) : String(wanted);
    const [before, after] = [this.#text.slice(0, this.#cursor), this.#text.slice(this.#cursor)];
    return new Error(
      `did not hear ${shown}: ${why}. Heard before: ${JSON.stringify(before)}, since: ${JSON.stringify(after)}`,
    );
  }
}

function find(text: string, wanted: string | RegExp): { words: string; end: number } | null {
  if (typeof wanted === 'string') {
    const start = text.indexOf(wanted);
    return start === -1 ? null : { words: wanted, end: start + wanted.length };
  }
  const match = new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).exec(text);
  return match && { words: match[0], end: match.index + match[0].length };
}
