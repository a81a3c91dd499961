// One live call: joins line, speech and agent. Its parts decide who may speak, what is said and how the call leaves; the
// two switches route what line and speech report. Every way out leads through `end`, and a bug ends only this call.
import { Answering } from './answering.ts';
import type { BridgeParts } from './bridge-parts.ts';
import { CallClock } from './call-clock.ts';
import type { ResumeState } from '../call/call-record.ts';
import type { CallEventBody, CallFacts, EndReason, FixedLineName, TransferFailure } from '../call/call.ts';
import { Callee } from './callee.ts';
import { CallerLine, LINE_WAIT_MS } from './caller-line.ts';
import { Dialogue } from './dialogue.ts';
import { canLeaveUntold, Ending } from './ending.ts';
import { Floor } from './floor.ts';
import { HandOver } from './hand-over.ts';
import { Listening } from './listening.ts';
import { agentOf, aheadOf, openConversation, sayFirstWords } from './opening.ts';
import { Playout, type PlayoutEvent } from './playout.ts';
import type { Line, LineEvent, Speech, SpeechEvent } from '../call/ports.ts';
import { steer } from './steer.ts';
import type { Steering } from '../call/steering.ts';
import { Taping } from '../call/tape.ts';
import { typedUtterance } from './typed-words.ts';
import { Voice } from './voice.ts';

/** Nothing to hang up; or, without a stream, perhaps a call that goes on in another process (O10). */
const IS_LEFT_TO_CARRIER: ReadonlySet<EndReason> = new Set(['caller-hung-up', 'no-stream']);

export class Bridge {
  readonly call: CallFacts;
  readonly startedAt: number;
  readonly #parts: BridgeParts;
  readonly #clock: CallClock;
  readonly #speech: Speech;
  readonly #taping: Taping;
  readonly #playout: Playout;
  readonly #voice: Voice;
  readonly #line: CallerLine;
  readonly #dialogue: Dialogue;
  readonly #listening: Listening;
  readonly #answering: Answering;
  readonly #ending: Ending;
  readonly #floor: Floor;
  readonly #handOver: HandOver;
  readonly #callee: Callee | null;
  readonly #steer: (steering: Steering) => boolean;

  #ended: EndReason | null = null;
  /** Another process has the call. */
  #isReleased = false;

  constructor(parts: BridgeParts) {
    const { call, settings } = parts;
    this.call = call;
    this.#parts = parts;
    const clock = new CallClock(parts.clock, (run) => this.#guard(run));
    this.#clock = clock;
    this.startedAt = clock.now();
    const emit = (event: CallEventBody): void => this.#emit(event);
    const end = (reason: EndReason): void => this.end(reason);
    emit({ type: 'call-started', from: call.from, to: call.to, sid: call.carrier?.sid ?? null });

    const speech = parts.openSpeech((event) => this.#guard(() => this.#hearSpeech(event)));
    const conversation = openConversation(parts, emit);
    const taping = new Taping(parts.tape, clock);
    const onHeardAudio = parts.tape === null ? null : taping.hearAgent;
    const playout = new Playout(clock, (event) => this.#hearPlayout(event), onHeardAudio);
    const line = new CallerLine({ clock, playout, end, emit });
    const { lines: texts, hasThinkingSound } = settings;
    const voice = new Voice({ speech, playout, texts, sounds: parts.sounds, hasThinkingSound, emit });
    const dialogue = new Dialogue({
      ...settings,
      clock,
      conversation,
      ahead: aheadOf(parts),
      voice,
      playout,
      emit,
      onTurnOver: (next) => {
        if (next.is === 'give-up') this.#ending.giveUp('too-many-failures');
        else if (next.is === 'command') this.#ending.obey(next.command, next.hasLastWords);
        else this.#giveToCaller();
      },
      onBug: (error) => this.#endByBug(error),
    });
    const answer = (): void => this.#answering.answer();
    const onWords = (): boolean => this.#answering.answerAhead();
    const silenceMs = settings.vadSilenceMs;
    const listening = new Listening({ clock, speech, emit, silenceMs, onWords, onPause: answer });
    const shared = { clock, settings, line, playout, voice, dialogue, listening, end, emit };
    const hush = (): void => this.#floor.hush();
    const ending = new Ending({ ...shared, carrier: parts.carrier, hush });
    const floor = new Floor({ ...shared, ending, onWordsOverdue: answer });
    const isMachine = (): boolean => this.#callee?.isMachine === true;
    const giveToCaller = (): void => this.#giveToCaller();
    this.#answering = new Answering({ ...shared, ending, floor, isMachine, giveToCaller });

    this.#speech = speech;
    this.#taping = taping;
    this.#playout = playout;
    this.#line = line;
    this.#voice = voice;
    this.#dialogue = dialogue;
    this.#listening = listening;
    this.#ending = ending;
    this.#floor = floor;
    this.#handOver = new HandOver({ ...parts, ...shared, ending, onStay: () => floor.giveToCaller() });
    const voicemail = call.outbound?.assignment.voicemail;
    this.#callee = voicemail === undefined ? null : new Callee({ ...shared, ending, floor, voicemail });
    const steered = { ...shared, transfers: settings.transfers, floor, ending, callee: this.#callee };
    this.#steer = (steering) => steer(steering, steered);

    floor.beginOutage();
    line.await('no-stream', LINE_WAIT_MS);
    clock.after(settings.maxCallMs, () => this.sayAndEnd('too-long', 'too-long'));
    sayFirstWords(parts, { voice, dialogue, listening, ending, emit });
  }

  /** Why the call ended; null while it lives. */
  get ended(): EndReason | null {
    return this.#ended;
  }

  /** What has the call while its stream is gone; null while the caller is here, or should be. */
  get errand(): Ending['errand'] {
    return this.#ending.errand;
  }

  get withoutLineMs(): number {
    return this.#line.awayMs;
  }

  get resumeState(): ResumeState {
    return this.#handOver.resumeState(false);
  }

  /** Twilio is connecting the caller once more. Returns whether it has done so already, and no stream came. */
  awaitLine(): boolean {
    return this.#line.awaitAgain();
  }

  /** The caller's stream is here, for the first time or again; returns the listener for this line's events. */
  attach(line: Line): (event: LineEvent) => void {
    this.#guard(() => {
      if (this.#ending.errand !== null) this.#ending.cancel();
      this.#listening.beginStream();
      this.#taping.beginStream();
      const isFirst = this.#line.attach(line);
      if (isFirst && this.#parts.resumed === null) this.#callee?.answered();
      if (!this.#dialogue.isBusy) this.#giveToCaller();
      this.#floor.awaitAnswer();
      if (this.#listening.hasWords) this.#listening.waitForMore();
    });
    return (event) => {
      if (this.#line.isCurrent(line)) this.#guard(() => this.#hearLine(event));
      else this.#handOver.hearLast(line, event);
    };
  }

  /** Speaks a fixed line as the last words and ends the call once the caller has heard it. */
  sayAndEnd(line: FixedLineName, reason: EndReason): void {
    this.#guard(() => this.#ending.sayAndEnd(line, reason));
  }

  /** C6: returns whether this may be done with the call. */
  steer(steering: Steering): boolean {
    let isAllowed = true;
    this.#guard(() => {
      isAllowed = this.#steer(steering);
    });
    return isAllowed;
  }

  /** Somebody answered the transfer: the call is theirs. Returns what they hear first, '' for nothing. */
  readonly transferAnswered = (): string => this.#ending.transferAnswered();

  /** Nobody answered the transfer, and the caller is about to come back. */
  transferFailed(why: TransferFailure): void {
    this.#guard(() => this.#ending.transferFailed(why));
  }

  /** R2: another process continues the call, soon after the caller has the word; `atOnce`, even in mid-sentence. */
  handOver(atOnce: boolean): void {
    this.#guard(() => this.#handOver.begin(atOnce));
  }

  /** No other process can take the call now. */
  keepHere(): void {
    this.#guard(() => this.#handOver.stay());
  }

  /** Another process has claimed the call: ends it here and touches nothing of it. */
  release(): void {
    this.#isReleased = true;
    this.end('handed-over');
  }

  /** The one way out. Idempotent. */
  end(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    const resume = reason === 'handed-over' ? this.#handOver.leave() : null;
    const isTold = this.#ending.isClosing || reason === 'agent-ended';
    const isOnErrand = this.#ending.errand !== null;
    this.#ending.cancel();
    this.#clock.stop();
    const wantsResult = resume === null && this.#parts.settings.asksForResult;
    const closed = this.#dialogue.close(wantsResult || resume !== null);
    this.#taping.end();
    this.#speech.close();
    const line = this.#line.detach();
    const durationMs = this.#clock.now() - this.startedAt;
    let left: Promise<unknown> = closed.then(() => this.#emit({ type: 'call-ended', reason, durationMs }));
    const { carrier } = this.#parts;
    // A caller who was not told what broke hears it from the carrier, which asks what is next once the line closes.
    const isUntold = canLeaveUntold(reason) && !isTold;
    if (this.#isReleased) line?.close();
    else if (resume !== null) {
      // Twilio may ask another process only once all of the call is written down, to its last event.
      left = left.then(() => this.#handOver.write({ ...resume, agent: this.#dialogue.memory }));
    } else if (carrier === null || isOnErrand || isUntold || IS_LEFT_TO_CARRIER.has(reason)) line?.close();
    else void carrier.hangUp().then(() => line?.close());
    if (resume === null)
      left = left.then(() => this.#parts.onSettling?.(reason, wantsResult ? this.#dialogue.memory : null));
    this.#parts.onEnd(reason, isTold, left);
  }

  #hearLine(event: LineEvent): void {
    switch (event.type) {
      case 'audio':
        this.#listening.hearAudio(event.audio, event.timestampMs);
        this.#floor.hearAudio(event.audio);
        this.#taping.hearCaller(event.audio, event.timestampMs);
        return;
      case 'mark-reached':
        this.#playout.markReached(event.name);
        return;
      case 'digit':
        this.#floor.hearDigit();
        this.#listening.hearDigit(event.digit);
        return;
      case 'typed':
        for (const heard of typedUtterance(event.text)) this.#hearSpeech(heard);
        return;
      case 'refused':
        this.#emit({ type: 'input-refused', kind: event.kind, detail: event.detail });
        return;
      case 'closed':
        this.#line.detach();
        if (event.how === 'bad-input') this.end('bad-input');
        else if (this.#ending.concludeIfClosing(event.how === 'hung-up')) return;
        else if (event.how === 'hung-up') this.end('caller-hung-up');
        else {
          this.#emit({ type: 'line-lost' });
          this.#line.await('line-lost', LINE_WAIT_MS);
          this.#handOver.leaveIfWithoutLine();
        }
        return;
    }
  }

  #hearSpeech(event: SpeechEvent): void {
    switch (event.type) {
      case 'ready':
        this.#floor.endOutage();
        this.#emit({ type: 'speech-ready' });
        return;
      case 'away':
        this.#emit({ type: 'speech-away', reason: event.reason });
        this.#floor.beginOutage();
        return;
      case 'speech-started':
        this.#listening.beginUtterance(event.utteranceId);
        this.#floor.hearSound(event.utteranceId);
        return;
      case 'speech-stopped':
        this.#listening.closeUtterance();
        agentOf(this.#parts).warm?.();
        if (this.#callee?.isMachine !== true) this.#floor.hearPause();
        return;
      case 'words':
        this.#floor.hearWord();
        return;
      case 'utterance':
        this.#floor.hearTranscript(event.utteranceId, event.transcript);
        if (event.transcript !== '') this.#callee?.hearWords(event.transcript);
        this.#listening.hearTranscript(event.utteranceId, event.transcript, event.endMs);
        if (event.isLost) this.#floor.apologise();
        return;
      case 'segment-audio':
      case 'segment-done':
        this.#voice.hear(event);
        return;
      case 'refused':
        this.#emit({ type: 'input-refused', kind: event.kind, detail: event.detail });
        return;
      case 'transcriber-replaced':
      case 'usage-counted':
        this.#emit(event);
        return;
      case 'lost':
        this.#emit({ type: 'speech-lost', reason: event.reason });
        this.#floor.endOutage();
        this.#voice.giveUp();
        this.#ending.giveUp('speech-lost');
        return;
    }
  }

  #hearPlayout(event: PlayoutEvent): void {
    switch (event.type) {
      case 'began':
        return this.#dialogue.noteBegan(event.segmentId);
      case 'heard':
        return this.#dialogue.noteHeard(event.segmentId);
      case 'sentence-over':
        return this.#handOver.noteSentenceOver();
      case 'drained':
        this.#dialogue.noteDrained(event.heard);
        if (!this.#ending.concludeIfClosing(false)) this.#giveToCaller();
        return;
    }
  }

  /** The caller has the word: the best moment to hand the call over, if it must leave. */
  #giveToCaller(): void {
    if (this.#handOver.isWanted) this.#handOver.leaveSoon();
    else this.#floor.giveToCaller();
  }

  #emit(body: CallEventBody): void {
    this.#parts.onEvent({ callId: this.call.id, at: this.#parts.clock.now(), ...body });
  }

  #guard(run: () => void): void {
    if (this.#ended !== null) return;
    try {
      run();
    } catch (error) {
      this.#endByBug(error);
    }
  }

  #endByBug(error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : 'not an Error';
    this.#emit({ type: 'bug-found', stack });
    this.end('bug');
  }
}
