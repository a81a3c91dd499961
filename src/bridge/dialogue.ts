// The turns of one call: what the agent receives and when, and how each turn ends. It knows conversation, voice and
// playout, and nothing of lines or sockets; the floor decides who may speak.
import type { BridgeSettings } from './bridge-parts.ts';
import type { CallCommand, CallEventBody, Segment } from '../call/call.ts';
import { interruptedNote, type Note, noWordsNote, transferFailedNote } from '../call/notes.ts';
import type { HeardSegment, Playout } from './playout.ts';
import type { AgentMemory, ResumeState } from '../call/call-record.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation } from '../call/ports.ts';
import { retryMessage } from './retry.ts';
import { type Asks, Turn } from './turn.ts';
import { TurnQueue } from './turn-queue.ts';
import type { Voice } from './voice.ts';

/** What follows a turn: the caller's word, a command of the agent (E1), or the end after too many failures (T8). */
export type AfterTurn =
  | { readonly is: 'caller' | 'give-up' }
  | { readonly is: 'command'; readonly command: CallCommand; readonly hasLastWords: boolean };

export interface DialogueParts extends Pick<
  BridgeSettings,
  'fillerAfterMs' | 'agentTimeoutMs' | 'agentStallMs' | 'maxFailedTurns' | 'transfers' | 'notesOff'
> {
  readonly clock: Clock;
  readonly conversation: Conversation;
  /** T11: whether the agent may be asked ahead of time, and whether it then remembers nothing that was not heard. */
  readonly ahead: 'never' | 'without-trace' | 'with-note';
  readonly voice: Voice;
  readonly playout: Playout;
  readonly emit: (event: CallEventBody) => void;
  /** A turn ended without an interruption. */
  readonly onTurnOver: (next: AfterTurn) => void;
  readonly onBug: (error: unknown) => void;
}

/** The greeting is turn 0; the agent's replies count from 1. */
const GREETING = 0;

export class Dialogue {
  readonly #parts: DialogueParts;
  readonly #turns: TurnQueue;
  #turn: Turn | null = null;
  /** The caller may still go on, and hears nothing of the reply until it is sure that they do not. */
  #isAhead = false;
  #turnCount = 0;
  #failedTurns = 0;
  /** Notes that go to the agent with the caller's next words. */
  #notes: string[] = [];
  #heardOfLast: string | null = null;
  /** The caller cut a reply off: if no words follow, the agent still owes an answer. */
  #owesAnswer = false;
  /** The reply that another process began, until it is over here: what is left of it, and what was heard there. */
  #rest: { readonly text: string; readonly heard: string } | null = null;

  constructor(parts: DialogueParts) {
    this.#parts = parts;
    this.#turns = new TurnQueue((message, signal) => this.#run(message, signal));
  }

  /** Whether the caller waits for words, hears some, or will hear those that are held. */
  get isBusy(): boolean {
    return this.#turn !== null || this.#turns.waiting !== null || !this.#parts.playout.isDrained;
  }

  /** E1: the agent wants no cover for its silence. */
  get isSilenceWanted(): boolean {
    return this.#turn?.isSilent === true;
  }

  /** Greets the caller: with the fixed line, or in the agent's own words where there is none. */
  open(): void {
    this.#turns.add({ text: '', notes: [], heardOfLast: null });
  }

  /** Another process could not speak all of this reply: the caller hears the rest, and then has the word. */
  readOn(rest: string, heard: string): void {
    this.#rest = { text: rest, heard };
    this.open();
  }

  /** The message that no turn has begun to send; null for none. */
  get waiting(): AgentMessage | null {
    const { waiting } = this.#turns;
    return waiting === null || isOpening(waiting) ? null : waiting;
  }

  /** What another process needs to continue the conversation. */
  get memory(): AgentMemory | null {
    try {
      return this.#parts.conversation.memory();
    } catch (error) {
      this.#parts.onBug(error);
      return null;
    }
  }

  /** The reply that the caller waits for or hears; null while it is their turn. */
  get speaking(): ResumeState['speaking'] {
    const rest = this.#rest;
    const turn = this.#turn;
    const { waiting } = this.#turns;
    if (turn === null) {
      if (waiting === null || !isOpening(waiting)) return null;
      return rest === null
        ? { text: '', heard: '' }
        : { text: inWords(rest.heard, rest.text), heard: rest.heard };
    }
    // Another process cannot read on a reply that is still being written: it asks the agent to go on.
    const text = turn.isWritten ? inWords(rest?.heard ?? '', turn.said) : '';
    return { text, heard: inWords(rest?.heard ?? '', turn.heardWith(this.#parts.playout.heard())) };
  }

  /** Adds notes to the next message; returns false if their kinds are turned off. */
  note(...notes: readonly Note[]): boolean {
    const kept = notes.filter(({ kind }) => !this.#parts.notesOff.has(kind));
    this.#notes.push(...kept.map(({ text }) => text));
    return kept.length > 0;
  }

  /** Sends a note now: the agent speaks though the caller has not. */
  prompt(note: Note, heardOfLast: string | null = null): void {
    this.#heardOfLast ??= heardOfLast;
    if (this.note(note)) this.#send('');
  }

  /** Whether the agent may be asked now, before it is sure that the caller has finished. */
  get canAskAhead(): boolean {
    const { ahead, conversation } = this.#parts;
    return ahead !== 'never' && conversation.isAskingConsent !== true && !this.isBusy;
  }

  /** T11: as `answer`, which must follow once the caller has finished; `interrupt` if they go on. */
  answerAhead(text: string, notes: readonly Note[]): void {
    this.#isAhead = true;
    this.#parts.playout.shut();
    this.note(...notes);
    this.#send(text);
  }

  /** T11: the caller has finished, and may hear what was made ahead of that. */
  confirm(): void {
    this.#isAhead = false;
    this.#turn?.confirm();
    this.#parts.playout.open();
  }

  /** The caller has finished: sends what they said ('' if no words) and did. Returns false if there is nothing to send. */
  answer(text: string, notes: readonly Note[]): boolean {
    const hasNothing = text === '' && notes.length === 0;
    if (this.#isAhead) {
      this.confirm();
      if (hasNothing) return true;
    }
    if (hasNothing && !this.#owesAnswer) return false;
    const isNoted = this.note(...(hasNothing ? [noWordsNote()] : notes));
    if (text === '' && !isNoted) return false;
    this.#send(text);
    return true;
  }

  /** B2, B4: the reply ends here; the agent's next message says how much of it the caller heard. */
  interrupt(): void {
    const turn = this.#turn;
    const wasAhead = this.#isAhead;
    const lost = this.#drop();
    this.#isAhead = false;
    this.#parts.playout.open();
    if (lost.length > 0 || turn !== null) this.#owesAnswer = true;
    if (turn === null) return;
    turn.noteHeard(lost);
    this.#heardOfLast = inWords(this.#rest?.heard ?? '', turn.heard);
    const hasTrace = turn.said !== '' && this.#parts.ahead !== 'without-trace';
    if (!wasAhead || hasTrace) this.note(interruptedNote(this.#heardOfLast));
    this.#turn = null;
    this.#rest = null;
    this.#turns.abort();
  }

  noteBegan(segmentId: string): void {
    const turn = this.#replyWith(segmentId);
    if (turn?.isFirst(segmentId)) this.#parts.emit({ type: 'reply-began', turnId: turn.id });
  }

  noteHeard(segmentId: string): void {
    const turn = this.#replyWith(segmentId);
    if (turn === null) return;
    this.#parts.emit({ type: turn.isFirst(segmentId) ? 'reply-heard' : 'segment-heard', turnId: turn.id });
  }

  noteDrained(heard: readonly HeardSegment[]): void {
    this.#turn?.noteHeard(heard);
    this.#turn?.noteDrained();
  }

  /** Resolves once the last turn has ended and, if `isHandedOver`, `memory` holds what another process needs. */
  async close(isHandedOver: boolean): Promise<void> {
    const heard = this.#drop();
    this.#turn?.noteHeard(heard);
    const closed = this.#parts.conversation.close(isHandedOver);
    await this.#turns.close();
    if (isHandedOver) await closed;
  }

  /** The agent's reply of which this segment is a part; null for the relay's own lines, the greeting among them. */
  #replyWith(segmentId: string): Turn | null {
    const turn = this.#turn;
    return turn !== null && turn.id !== GREETING && turn.has(segmentId) ? turn : null;
  }

  /** Drops all that the caller has not heard yet; returns what they have. */
  #drop(): readonly HeardSegment[] {
    this.#parts.voice.cancel();
    return this.#parts.playout.drop();
  }

  #send(text: string): void {
    const heardOfLast = this.#heardOfLast;
    this.#owesAnswer = false;
    this.#heardOfLast = null;
    this.#turns.add({ text, notes: this.#notes.splice(0), heardOfLast });
  }

  #commandOf(turn: Turn, asked: AgentMessage): AfterTurn {
    const { command } = turn;
    if (command === null) return { is: 'caller' };
    if (typeof command !== 'string') return { is: 'command', command, hasLastWords: turn.said !== '' };
    this.#parts.emit({ type: 'transfer-failed', why: 'not-allowed' });
    // Prompt only once: an agent that insists has to wait for the caller's next words.
    if (asked.text === '') this.note(transferFailedNote(command));
    else this.prompt(transferFailedNote(command));
    return { is: 'caller' };
  }

  #asks(message: AgentMessage, turnId: number): Asks {
    const { conversation, notesOff, emit } = this.#parts;
    const again = retryMessage(notesOff);
    const tell = (told: AgentMessage, stop: AbortSignal): AsyncIterable<AgentEvent> => {
      emit({ type: 'agent-told', turnId, ...told });
      return conversation.reply(told, stop);
    };
    return {
      first: (stop) => (isOpening(message) ? conversation.greet(stop) : tell(message, stop)),
      again: again === null ? null : (stop) => tell(again, stop),
    };
  }

  async #run(message: AgentMessage, signal: AbortSignal): Promise<void> {
    try {
      if (!isOpening(message)) this.#rest = null;
      const rest = this.#rest;
      const greeting = isOpening(message) && rest === null ? this.#parts.voice.sayLine('greeting') : null;
      if (rest !== null) await this.#speakRest(rest.text, signal);
      else if (greeting === null) await this.#reply(message, signal);
      else await this.#greet(greeting, signal);
    } catch (error) {
      this.#parts.onBug(error);
    }
  }

  /** The greeting: the agent takes it for its own words, though nobody asked for them. */
  async #greet(greeting: Segment, signal: AbortSignal): Promise<void> {
    const turn = this.#begin(GREETING);
    const { outcome } = await turn.read(greeting, signal);
    if (outcome !== 'done') return;
    this.#parts.emit({ type: 'greeting-heard' });
    this.#turn = null;
    this.#parts.onTurnOver({ is: 'caller' });
  }

  async #speakRest(text: string, signal: AbortSignal): Promise<void> {
    const { emit, voice } = this.#parts;
    const turn = this.#begin(++this.#turnCount);
    emit({ type: 'turn-started', turnId: turn.id, text: '' });
    const result = await turn.read(voice.say(text, turn.id), signal);
    emit({ type: 'turn-finished', turnId: turn.id, said: turn.said, heard: turn.heard, ...result });
    if (signal.aborted) return;
    this.#turn = null;
    this.#rest = null;
    this.#parts.onTurnOver({ is: 'caller' });
  }

  async #reply(message: AgentMessage, signal: AbortSignal): Promise<void> {
    const { emit, maxFailedTurns } = this.#parts;
    const turn = this.#begin(++this.#turnCount);
    emit({ type: 'turn-started', turnId: turn.id, text: message.text });
    const result = await turn.run(this.#asks(message, turn.id), signal);
    emit({ type: 'turn-finished', turnId: turn.id, said: turn.said, heard: turn.heard, ...result });
    if (result.outcome === 'done') this.#failedTurns = 0;
    if (result.outcome === 'failed') this.#failedTurns++;
    if (signal.aborted) return;
    this.#turn = null;
    if (this.#failedTurns >= maxFailedTurns) this.#parts.onTurnOver({ is: 'give-up' });
    else
      this.#parts.onTurnOver(result.outcome === 'done' ? this.#commandOf(turn, message) : { is: 'caller' });
  }

  #begin(turnId: number): Turn {
    const { clock, voice, playout, emit, maxFailedTurns } = this.#parts;
    const isLastTry = this.#failedTurns + 1 >= maxFailedTurns;
    const turn = new Turn(turnId, {
      clock,
      voice,
      isAhead: this.#isAhead,
      fillerAfterMs: this.#parts.fillerAfterMs,
      firstWordMs: this.#parts.agentTimeoutMs,
      stallMs: this.#parts.agentStallMs,
      isCallerHearing: () => !playout.isDrained,
      transfers: this.#parts.transfers,
      onWithdrawn: () => this.#drop(),
      onFirstText: () => emit({ type: 'agent-began-replying', turnId }),
      onUsage: ({ model, usage }) => emit({ type: 'usage-counted', owner: 'agent', model, usage }),
      onFailure: () => (isLastTry ? null : voice.sayLine('apology')),
    });
    this.#turn = turn;
    return turn;
  }
}

function inWords(one: string, other: string): string {
  return `${one} ${other}`.trim();
}

/** The agent is to say the first words. */
function isOpening({ text, notes }: AgentMessage): boolean {
  return text === '' && notes.length === 0;
}
