// One turn: from the agent's stream of text to a reply that was heard to its end. An agent that fails before anything
// came of it is asked once more, without a word to the caller; after a first word it never is, or they would hear the
// beginning twice.
import { ReplyLimit } from '../call/reply-limit.ts';
import { AgentWatchdog } from './agent-watchdog.ts';
import type { CallCommand, Segment, TurnOutcome } from '../call/call.ts';
import { Directives } from '../call/directives.ts';
import { commandFor, type TransferTargets } from '../call/phone-tools.ts';
import type { HeardSegment } from './playout.ts';
import type { AgentEvent, Clock } from '../call/ports.ts';
import { retryFirstWordMs, retryPauseMs } from './retry.ts';
import { pause } from '../call/waiting.ts';
import { Sentences } from '../call/sentences.ts';
import type { Voice } from './voice.ts';

/** A sentence that seems to have ended is spoken once nothing has followed it for so long: the agent is looking up. */
const PAUSE_MS = 250;

export interface TurnParts {
  readonly clock: Clock;
  readonly voice: Voice;
  /** Silence of the agent after which a filler is spoken. */
  readonly fillerAfterMs: number;
  /** How long the agent may take for its first word. */
  readonly firstWordMs: number;
  /** How long it may pause between two. */
  readonly stallMs: number;
  /** Whether the caller is hearing anything now: a filler is for silence only. */
  readonly isCallerHearing: () => boolean;
  readonly transfers: TransferTargets;
  readonly onFirstText: () => void;
  /** The agent takes its words back: drops what was not heard yet, and tells what was. */
  readonly onWithdrawn: () => readonly HeardSegment[];
  /** The turn failed: what the caller hears of it is spoken now. */
  readonly onFailure: () => void;
}

/** What the agent is asked; each is given the signal by which the agent is told to stop. */
export interface Asks {
  readonly first: Ask;
  /** Instead of its answer to that, where it was lost; null for never. */
  readonly again: Ask | null;
}

type Ask = (stop: AbortSignal) => AsyncIterable<AgentEvent>;

export interface TurnResult {
  readonly outcome: TurnOutcome;
  /** Of a turn that failed, why. For the log; no personal data. */
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
  readonly #limit = new ReplyLimit();
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

  /** Whether this segment is of the reply. */
  has(segmentId: string): boolean {
    return this.#segmentIds.includes(segmentId);
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

  /** Speaks what the agent answers; resolves once all of it was heard, or soon after `signal` aborts. */
  async run(asks: Asks, signal: AbortSignal): Promise<TurnResult> {
    const failed = await this.#write(asks, signal);
    if (failed === null || signal.aborted) return this.#untilHeard(signal);
    if (!this.isSilent) this.#parts.onFailure();
    // The turn has failed even if the caller speaks into the apology.
    await this.#untilHeard(signal);
    return { outcome: 'failed', failure: `${failed.failure}: ${failed.detail}` };
  }

  /** A fixed line that the voice speaks already is all of this turn; resolves as `run` does. */
  read(line: Segment, signal: AbortSignal): Promise<TurnResult> {
    this.#said.push(line.text);
    this.#segmentIds.push(line.id);
    return this.#untilHeard(signal);
  }

  async #write({ first, again }: Asks, signal: AbortSignal): Promise<Failed | null> {
    const { clock, voice, firstWordMs } = this.#parts;
    const silence = new AgentWatchdog({
      ...this.#parts,
      isSilenceWanted: () => this.isSilent,
      sayFiller: () => voice.sayLine('filler'),
    });
    const askedAt = clock.now();
    try {
      const failed = await this.#ask(first, silence, firstWordMs, signal);
      if (failed === null || again === null || this.#hasBegun) return failed;
      const pauseMs = retryPauseMs(failed);
      if (pauseMs === null) return failed;
      if (pauseMs > 0) await pause(clock, pauseMs, signal);
      if (signal.aborted) return null;
      return await this.#ask(again, silence, retryFirstWordMs(firstWordMs, askedAt, clock.now()), signal);
    } finally {
      silence.stop();
    }
  }

  /** Whether anything came of the agent yet that must not come twice. */
  get #hasBegun(): boolean {
    return this.#limit.hasTaken || this.#command !== null;
  }

  async #ask(
    ask: Ask,
    silence: AgentWatchdog,
    firstWordMs: number,
    signal: AbortSignal,
  ): Promise<Failed | null> {
    let sentences = new Sentences();
    const overdue = silence.begin(firstWordMs);
    let failed: Failed | null = null;
    let cancelPause = (): void => {};
    try {
      for await (const event of ask(AbortSignal.any([signal, overdue]))) {
        if (signal.aborted) break;
        if (event.type === 'failed') {
          failed = event;
          continue;
        }
        switch (event.type) {
          case 'text':
            cancelPause();
            silence.noteWord();
            if (!this.#limit.hasTaken) this.#parts.onFirstText();
            this.#speak(sentences.push(this.#directives.push(this.#limit.cut(event.delta))));
            cancelPause = this.#parts.clock.after(PAUSE_MS, () => this.#speak(sentences.pause()));
            break;
          case 'command':
            this.#command = event.command;
            break;
          case 'withdrawn':
            cancelPause();
            sentences = new Sentences();
            this.#directives = new Directives();
            this.#said = [];
            this.noteHeard(this.#parts.onWithdrawn());
            break;
        }
        if (this.#limit.isReached) break;
      }
    } finally {
      cancelPause();
      silence.pause();
    }
    if (signal.aborted) return null;
    this.#speak([...sentences.push(this.#directives.end()), ...sentences.end()]);
    return overdue.aborted ? this.#overdue : failed;
  }

  get #overdue(): Failed {
    const detail = this.#limit.hasTaken ? 'no more text in time' : 'no text in time';
    return { type: 'failed', failure: 'timeout', detail };
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

  /** Nothing more will be written. */
  async #untilHeard(signal: AbortSignal): Promise<TurnResult> {
    this.#hasWritten = true;
    if (!signal.aborted && this.#parts.isCallerHearing()) {
      await new Promise<void>((resolve) => {
        this.#end = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (!signal.aborted) return { outcome: 'done', failure: null };
    return { outcome: this.heard === '' ? 'joined' : 'interrupted', failure: null };
  }
}
