// One turn: from the agent's stream of text to a reply that was heard to its end. It watches the agent's silences
// (T4), because the SDK has no deadline between two events of a stream.
import type { CallCommand, TurnOutcome } from './call.ts';
import { Directives } from './directives.ts';
import { commandFor, type TransferTargets } from './phone-tools.ts';
import type { HeardSegment } from './playout.ts';
import type { AgentEvent, Clock } from './ports.ts';
import { Sentences } from './sentences.ts';
import type { Voice } from './voice.ts';

/** A sentence that seems to have ended is spoken once nothing has followed it for so long: the agent is looking up. */
const PAUSE_MS = 250;
/** Ten minutes of speech. An agent that writes more has lost its way: the reply ends there. */
const LONGEST_REPLY = 10_000;

export interface TurnParts {
  readonly clock: Clock;
  readonly voice: Voice;
  /** Silence of the agent after which a filler is spoken, and after which the turn fails. */
  readonly fillerAfterMs: number;
  readonly timeoutMs: number;
  /** Whether the caller is hearing anything now: a filler is for silence only. */
  readonly isCallerHearing: () => boolean;
  readonly transfers: TransferTargets;
  readonly onFirstText: () => void;
  /** The agent takes its words back: drops what was not heard yet, and tells what was. */
  readonly onWithdrawn: () => readonly HeardSegment[];
  /** The turn failed: what the caller hears of it is spoken now. */
  readonly onFailure: () => void;
}

export interface TurnResult {
  readonly outcome: TurnOutcome;
  /** For the log; no personal data. */
  readonly failure: string | null;
}

type Failed = Extract<AgentEvent, { type: 'failed' }>;

export class Turn {
  readonly id: number;
  readonly #parts: TurnParts;
  readonly #segmentIds: string[] = [];
  #said: string[] = [];
  readonly #heard: string[] = [];
  #directives = new Directives();
  /** What a tool of the agent's ordered, last. */
  #command: CallCommand | null = null;
  #hasWritten = false;
  #end: () => void = () => {};

  constructor(id: number, parts: TurnParts) {
    this.id = id;
    this.#parts = parts;
  }

  /** What was to be spoken so far. */
  get said(): string {
    return this.#said.join(' ');
  }

  /** Whether the agent has written all of it. */
  get isWritten(): boolean {
    return this.#hasWritten;
  }

  /** What of it the caller has heard, to the word. */
  get heard(): string {
    return this.heardWith([]);
  }

  /** E1: what the agent orders, once this was heard: the last order counts. A text says why it cannot be done. */
  get order(): CallCommand | string | null {
    const directive = this.#directives.found.at(-1);
    return directive === undefined ? this.#command : commandFor(directive, this.#parts.transfers);
  }

  /** Whether the agent wants nothing to be heard in this turn, not even from the relay. */
  get isSilent(): boolean {
    return this.#directives.found.some(({ type }) => type === 'stay-silent');
  }

  /** Whether the reply begins with this segment. */
  isFirst(segmentId: string): boolean {
    return this.#segmentIds[0] === segmentId;
  }

  /** The playout forgot these segments: some may be this turn's. */
  noteHeard(segments: readonly HeardSegment[]): void {
    this.#heard.push(...this.#ownOf(segments));
  }

  /** What was heard, with what the playout has heard since it last forgot something. */
  heardWith(segments: readonly HeardSegment[]): string {
    return [...this.#heard, ...this.#ownOf(segments)].filter((words) => words !== '').join(' ');
  }

  /** The playout ran empty: the turn is over unless the agent is still writing. */
  noteDrained(): void {
    if (this.#hasWritten) this.#end();
  }

  /**
   * Speaks what `ask` yields; resolves once all of it was heard, or soon after `signal` aborts. `ask` is given the
   * signal by which the agent is told to stop.
   */
  async run(
    ask: (signal: AbortSignal) => AsyncIterable<AgentEvent>,
    signal: AbortSignal,
  ): Promise<TurnResult> {
    const failed = await this.#write(ask, signal);
    this.#hasWritten = true;
    // It has failed, also where the caller speaks into the apology.
    const hasFailed = failed !== null && !signal.aborted;
    if (!signal.aborted) {
      if (failed !== null && !this.isSilent) this.#parts.onFailure();
      if (this.#parts.isCallerHearing()) await this.#untilHeard(signal);
    }
    if (hasFailed) return { outcome: 'failed', failure: `${failed.failure}: ${failed.detail}` };
    if (signal.aborted) return { outcome: this.heard === '' ? 'joined' : 'interrupted', failure: null };
    return { outcome: 'done', failure: null };
  }

  async #write(
    ask: (signal: AbortSignal) => AsyncIterable<AgentEvent>,
    signal: AbortSignal,
  ): Promise<Failed | null> {
    let sentences = new Sentences();
    const deadline = new AbortController();
    let failed: Failed | null = null;
    let written = 0;
    const watch = this.#watchSilence(() => deadline.abort());
    let takeBackPause = (): void => {};
    try {
      for await (const event of ask(AbortSignal.any([signal, deadline.signal]))) {
        if (signal.aborted) break;
        if (event.type === 'failed') {
          failed = event;
          continue;
        }
        switch (event.type) {
          case 'text':
            takeBackPause();
            watch.restart();
            if (written === 0) this.#parts.onFirstText();
            written += event.delta.length;
            this.#speak(sentences.push(this.#directives.push(event.delta)));
            takeBackPause = this.#parts.clock.after(PAUSE_MS, () => this.#speak(sentences.pause()));
            break;
          case 'command':
            this.#command = event.command;
            break;
          case 'withdrawn':
            takeBackPause();
            sentences = new Sentences();
            this.#directives = new Directives();
            this.#said = [];
            this.noteHeard(this.#parts.onWithdrawn());
            break;
        }
        if (written > LONGEST_REPLY) break;
      }
    } finally {
      takeBackPause();
      watch.stop();
    }
    if (signal.aborted) return null;
    this.#speak([...sentences.push(this.#directives.end()), ...sentences.end()]);
    return deadline.signal.aborted
      ? { type: 'failed', failure: 'timeout', detail: 'no text in time' }
      : failed;
  }

  #ownOf(segments: readonly HeardSegment[]): string[] {
    return segments.filter(({ segmentId }) => this.#segmentIds.includes(segmentId)).map(({ heard }) => heard);
  }

  #speak(segments: readonly string[]): void {
    for (const text of segments) {
      this.#said.push(text);
      this.#segmentIds.push(this.#parts.voice.say(text, this.id).id);
    }
  }

  #watchSilence(onTimeout: () => void): { restart: () => void; stop: () => void } {
    const { clock, voice, fillerAfterMs, timeoutMs, isCallerHearing } = this.#parts;
    let hasFilled = false;
    let takeBackFiller = (): void => {};
    let takeBackTimeout = (): void => {};
    const awaitFiller = (): void => {
      takeBackFiller = clock.after(fillerAfterMs, () => {
        if (this.isSilent) return;
        if (isCallerHearing()) return awaitFiller();
        hasFilled = true;
        voice.sayLine('filler');
      });
    };
    const stop = (): void => {
      takeBackFiller();
      takeBackTimeout();
    };
    const restart = (): void => {
      stop();
      if (!hasFilled) awaitFiller();
      takeBackTimeout = clock.after(timeoutMs, onTimeout);
    };
    restart();
    return { restart, stop };
  }

  #untilHeard(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
