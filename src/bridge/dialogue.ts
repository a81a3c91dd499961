// The turns of one call: what the agent is told and when, and what came of each. It knows the conversation and the
// voice, and nothing of lines or sockets; who may speak is the bridge's business.
import type { CallCommand, CallEventBody } from '../call/call.ts';
import { interruptedNote, type Note, type NoteKind, noWordsNote, transferFailedNote } from '../call/notes.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { HeardSegment } from './playout.ts';
import type { AgentMemory, ResumeState } from '../call/call-record.ts';
import type { AgentMessage, Clock, Conversation } from '../call/ports.ts';
import { retryMessage } from './retry.ts';
import { type Asks, Turn } from './turn.ts';
import { TurnQueue } from './turn-queue.ts';
import type { Voice } from './voice.ts';

/** What comes after a turn: the caller again, what the agent orders (E1), or the end after one failure too many (T5). */
export type AfterTurn =
  | { readonly is: 'caller' | 'give-up' }
  | { readonly is: 'command'; readonly command: CallCommand; readonly hasLastWords: boolean };

export interface DialogueParts {
  readonly clock: Clock;
  readonly conversation: Conversation;
  readonly voice: Voice;
  readonly fillerAfterMs: number;
  /** How long the agent may take for its first word, and how long it may pause between two. */
  readonly agentTimeoutMs: number;
  readonly agentStallMs: number;
  readonly maxFailedTurns: number;
  readonly transfers: TransferTargets;
  /** Kinds of notes that the agent is to be spared. */
  readonly notesOff: ReadonlySet<NoteKind>;
  readonly isCallerHearing: () => boolean;
  readonly emit: (event: CallEventBody) => void;
  /** The agent takes back what it wrote: drops all that was not heard yet, and tells what was. */
  readonly onWithdrawn: () => readonly HeardSegment[];
  /** A turn is over and was not interrupted. */
  readonly onTurnOver: (next: AfterTurn) => void;
  readonly onBug: (error: unknown) => void;
}

export class Dialogue {
  readonly #parts: DialogueParts;
  readonly #turns: TurnQueue;
  #turn: Turn | null = null;
  #turnCount = 0;
  #failedTurns = 0;
  /** What the agent is told with the caller's next words. */
  #notes: string[] = [];
  #heardOfLast: string | null = null;
  /** Something was cut off: should no words come of it, the agent is asked to go on. */
  #owesAnswer = false;

  constructor(parts: DialogueParts) {
    this.#parts = parts;
    this.#turns = new TurnQueue((message, signal) => this.#run(message, signal));
  }

  /** Whether a reply is waited for, thought up or spoken. */
  get isBusy(): boolean {
    return this.#turn !== null || this.#turns.hasWaiting;
  }

  /** The agent opens the conversation. */
  open(): void {
    this.#turns.add({ text: '', notes: [], heardOfLast: null });
  }

  /** What another process needs to go on with the conversation. */
  get memory(): AgentMemory | null {
    try {
      return this.#parts.conversation.memory();
    } catch (error) {
      this.#parts.onBug(error);
      return null;
    }
  }

  /** The reply that is owed or being spoken; `heard` is what was heard of the playout so far. */
  speaking(heard: readonly HeardSegment[]): ResumeState['speaking'] {
    if (this.#turn === null) return this.isBusy ? { text: '', heard: '' } : null;
    // What is still being written cannot be read on elsewhere; the agent is asked to go on.
    const text = this.#turn.isWritten ? this.#turn.said : '';
    return { text, heard: this.#turn.heardWith(heard) };
  }

  /** Something that the agent is told with the next message; tells whether it is, for its kind may be turned off. */
  note(...notes: readonly Note[]): boolean {
    const kept = notes.filter(({ kind }) => !this.#parts.notesOff.has(kind));
    this.#notes.push(...kept.map(({ text }) => text));
    return kept.length > 0;
  }

  /** Something to which the agent shall say something, though the caller has not. */
  prompt(note: Note, heardOfLast: string | null = null): void {
    this.#heardOfLast ??= heardOfLast;
    if (this.note(note)) this.#send('');
  }

  /**
   * The caller has paused: what they said, '' where nothing was understood, and what they did besides. Tells whether
   * there was anything to hand on.
   */
  answer(text: string, notes: readonly Note[]): boolean {
    const hasNothing = text === '' && notes.length === 0;
    if (hasNothing && !this.#owesAnswer) return false;
    const isNoted = this.note(...(hasNothing ? [noWordsNote()] : notes));
    if (text === '' && !isNoted) return false;
    this.#send(text);
    return true;
  }

  /**
   * B2, B4: the reply ends here; the agent will be told how far it was heard. `lost` is what was dropped of the
   * playout, `greetingId` the segment of a greeting that the agent takes for its own words.
   */
  interrupt(lost: readonly HeardSegment[], greetingId: string | null): void {
    const turn = this.#turn;
    const greeting = lost.find(({ segmentId }) => segmentId === greetingId);
    if (lost.length > 0 || turn !== null) this.#owesAnswer = true;
    if (turn !== null) {
      turn.noteHeard(lost);
      this.#heardOfLast = turn.heard;
      this.note(interruptedNote(turn.heard));
      this.#turn = null;
      this.#turns.abort();
    } else if (greeting !== undefined) {
      this.#heardOfLast = greeting.heard;
      this.note(interruptedNote(greeting.heard));
    }
  }

  /** A segment's first audio went to the line. */
  noteBegan(segmentId: string): void {
    if (this.#turn?.isFirst(segmentId)) this.#parts.emit({ type: 'reply-began', turnId: this.#turn.id });
  }

  /** A segment's first audio was heard. */
  noteHeard(segmentId: string): void {
    const turn = this.#turn;
    if (turn === null || !turn.has(segmentId)) return;
    this.#parts.emit({ type: turn.isFirst(segmentId) ? 'reply-heard' : 'segment-heard', turnId: turn.id });
  }

  /** The playout ran empty. */
  noteDrained(heard: readonly HeardSegment[]): void {
    this.#turn?.noteHeard(heard);
    this.#turn?.noteDrained();
  }

  /**
   * The call is over, and this was heard of the last reply. Resolves when the last turn is over,
   * and what another process needs of the conversation is settled.
   */
  async close(heard: readonly HeardSegment[], isHandedOver: boolean): Promise<void> {
    this.#turn?.noteHeard(heard);
    const closed = this.#parts.conversation.close(isHandedOver);
    await this.#turns.close();
    if (isHandedOver) await closed;
  }

  #send(text: string): void {
    const heardOfLast = this.#heardOfLast;
    this.#owesAnswer = false;
    this.#heardOfLast = null;
    this.#turns.add({ text, notes: this.#notes.splice(0), heardOfLast });
  }

  #orderOf(turn: Turn, asked: AgentMessage): AfterTurn {
    const { order } = turn;
    if (order === null) return { is: 'caller' };
    if (typeof order !== 'string') return { is: 'command', command: order, hasLastWords: turn.said !== '' };
    this.#parts.emit({ type: 'transfer-failed', why: 'not-allowed' });
    // Once: an agent that insists is left to what the caller says next.
    if (asked.text === '') this.note(transferFailedNote(order));
    else this.prompt(transferFailedNote(order));
    return { is: 'caller' };
  }

  #asks(message: AgentMessage): Asks {
    const { conversation, notesOff } = this.#parts;
    const isOpening = message.text === '' && message.notes.length === 0;
    const again = retryMessage(notesOff);
    return {
      first: (stop) => (isOpening ? conversation.greet(stop) : conversation.reply(message, stop)),
      again: again === null ? null : (stop) => conversation.reply(again, stop),
    };
  }

  async #run(message: AgentMessage, signal: AbortSignal): Promise<void> {
    const { clock, voice, emit, maxFailedTurns } = this.#parts;
    const isLastTry = this.#failedTurns + 1 >= maxFailedTurns;
    const turn = new Turn(++this.#turnCount, {
      clock,
      voice,
      fillerAfterMs: this.#parts.fillerAfterMs,
      firstWordMs: this.#parts.agentTimeoutMs,
      stallMs: this.#parts.agentStallMs,
      isCallerHearing: this.#parts.isCallerHearing,
      transfers: this.#parts.transfers,
      onWithdrawn: this.#parts.onWithdrawn,
      onFirstText: () => emit({ type: 'agent-began-replying', turnId: turn.id }),
      onFailure: () => (isLastTry ? null : voice.sayLine('apology')),
    });
    this.#turn = turn;
    try {
      emit({ type: 'turn-started', turnId: turn.id, text: message.text });
      const result = await turn.run(this.#asks(message), signal);
      emit({ type: 'turn-finished', turnId: turn.id, said: turn.said, heard: turn.heard, ...result });
      if (result.outcome === 'done') this.#failedTurns = 0;
      if (result.outcome === 'failed') this.#failedTurns++;
      if (signal.aborted) return;
      this.#turn = null;
      if (this.#failedTurns >= maxFailedTurns) this.#parts.onTurnOver({ is: 'give-up' });
      else
        this.#parts.onTurnOver(result.outcome === 'done' ? this.#orderOf(turn, message) : { is: 'caller' });
    } catch (error) {
      this.#parts.onBug(error);
    }
  }
}
