// One turn: from the agent's stream of text to a reply that the caller heard to its end. An agent that fails before its
// first word is asked once more; after it never, or the caller would hear the beginning twice.
import { ReplyLimit } from '../call/reply-limit.ts';
import { AgentWatchdog, type AgentWatchdogParts } from './agent-watchdog.ts';
import type { CallCommand, Segment, TurnOutcome } from '../call/call.ts';
import { Directives } from '../call/directives.ts';
import { commandFor, type TransferTargets } from '../call/phone-tools.ts';
import type { HeardSegment } from './playout.ts';
import type { AgentEvent } from '../call/ports.ts';
import { retryFirstWordMs, retryPauseMs } from './retry.ts';
import { pause, unlessAborted } from '../call/waiting.ts';
import { Sentences } from '../call/sentences.ts';
import type { Voice } from './voice.ts';

/** T2: a sentence that seems complete is spoken if nothing follows for this long: the agent is looking something up. */
const PAUSE_MS = 250;

export interface TurnParts extends Omit<AgentWatchdogParts, 'isSilenceWanted' | 'sayFiller'> {
  readonly voice: Voice;
  /** T11: the agent is asked before it is sure that the caller has finished, which `confirm` says. */
  readonly isAhead: boolean;
  /** The agent's deadline for its first word. */
  readonly firstWordMs: number;
  readonly transfers: TransferTargets;
  readonly onFirstText: () => void;
  readonly onUsage: (counted: Extract<AgentEvent, { type: 'usage' }>) => void;
  /** The agent withdraws its words: drops what the caller has not heard, and returns what they have. */
  readonly onWithdrawn: () => readonly HeardSegment[];
  /** The turn failed: time for the apology. */
  readonly onFailure: () => void;
}

/** How to ask the agent; its signal stops the agent. */
export interface Asks {
  readonly first: Ask;
  /** The retry if that answer was lost; null for never. */
  readonly again: Ask | null;
}

type Ask = (stop: AbortSignal) => AsyncIterable<AgentEvent>;

export interface TurnResult {
  readonly outcome: TurnOutcome;
  /** Why the turn failed, for the log: no personal data. */
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
  /** The last command that came by a tool. */
  #command: CallCommand | null = null;
  readonly #limit = new ReplyLimit();
  #hasWritten = false;
  #isConfirmed: boolean;
  readonly #confirmed = Promise.withResolvers<void>();
  /** Sentences that are not synthesised before it is sure that they will be heard. */
  #later: string[] = [];
  #end: () => void = () => {};

  constructor(id: number, parts: TurnParts) {
    this.id = id;
    this.#parts = parts;
    this.#isConfirmed = !parts.isAhead;
  }

  /** What the agent wrote so far, as far as it is to be spoken. */
  get said(): string {
    return this.#said.join(' ');
  }

  get isWritten(): boolean {
    return this.#hasWritten;
  }

  get heard(): string {
    return this.heardWith([]);
  }

  /** E1: the agent's last command, obeyed once the caller has heard this; a string says why it is not allowed. */
  get command(): CallCommand | string | null {
    const directive = this.#directives.found.at(-1);
    return directive === undefined ? this.#command : commandFor(directive, this.#parts.transfers);
  }

  /** Whether the agent wants silence in this turn, from the relay too. */
  get isSilent(): boolean {
    return this.#directives.found.some(({ type }) => type === 'stay-silent');
  }

  has(segmentId: string): boolean {
    return this.#segmentIds.includes(segmentId);
  }

  isFirst(segmentId: string): boolean {
    return this.#segmentIds[0] === segmentId;
  }

  /** The playout forgets these segments, of which some may be this turn's. */
  noteHeard(segments: readonly HeardSegment[]): void {
    this.#heard.push(...this.#ownOf(segments));
  }

  /** `heard`, with these segments that the playout still knows. */
  heardWith(segments: readonly HeardSegment[]): string {
    return [...this.#heard, ...this.#ownOf(segments)].filter((words) => words !== '').join(' ');
  }

  /** T11: the caller has finished, and may hear this. */
  confirm(): void {
    this.#isConfirmed = true;
    for (const text of this.#later.splice(0)) this.#askForVoice(text);
    this.#confirmed.resolve();
  }

  /** The playout ran empty: the turn is over unless the agent is still writing. */
  noteDrained(): void {
    if (this.#hasWritten) this.#end();
  }

  /** Speaks what the agent answers; resolves once all of it was heard, or soon after `signal` aborts. */
  async run(asks: Asks, signal: AbortSignal): Promise<TurnResult> {
    const failed = await this.#write(asks, signal);
    // A command is not obeyed, and a failure is not told, before the caller has finished.
    if (!this.#isConfirmed) await unlessAborted(this.#confirmed.promise, signal);
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

  /** Whether the agent has produced what must not come twice. */
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
          case 'usage':
            this.#parts.onUsage(event);
            break;
          case 'withdrawn':
            cancelPause();
            sentences = new Sentences();
            this.#directives = new Directives();
            this.#said = [];
            this.#later = [];
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
      if (this.#isConfirmed || this.#segmentIds.length === 0) this.#askForVoice(text);
      else this.#later.push(text);
    }
  }

  #askForVoice(text: string): void {
    this.#segmentIds.push(this.#parts.voice.say(text, this.id).id);
  }

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
