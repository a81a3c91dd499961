// One live call: joins line, speech and agent, and decides who may speak. What is heard, spoken and queued is kept by
// the parts it joins. Every way out leads through `end`, and a bug ends this call only.
import { BargeIn } from './barge-in.ts';
import type { BridgeParts, ResumedCall } from './bridge-parts.ts';
import type { ResumeState } from '../call/call-record.ts';
import { CallClock } from './call-clock.ts';
import type {
  CallEventBody,
  CallFacts,
  EndReason,
  Errand,
  FixedLineName,
  TransferFailure,
} from '../call/call.ts';
import { Callee } from './callee.ts';
import { CallerSilence } from './caller-silence.ts';
import { Ending, LINE_WAIT_MS } from './ending.ts';
import { Dialogue } from './dialogue.ts';
import { Listening } from './listening.ts';
import { commandFor, phoneTools } from '../call/phone-tools.ts';
import { localTimeText } from '../call/hours.ts';
import { noAgent } from './no-agent.ts';
import {
  answeredInSilenceNote,
  openingNote,
  operatorNote,
  operatorSaidNote,
  silenceNote,
  takenUpNote,
} from '../call/notes.ts';
import { Playout, type PlayoutEvent } from './playout.ts';
import type { Line, LineEvent, Speech, SpeechEvent } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import { SpeechOutage } from './speech-outage.ts';
import { Taping } from '../call/tape.ts';
import { outboundOpeningNote, screenerNote } from './outbound-notes.ts';
import { Voice } from './voice.ts';

/** A caller who is heard speaking for so long without a word understood counts as silent. */
const LONGEST_SPEECH_MS = 60_000;
/** Who has not begun to answer by then is thinking: the line can be gone for a moment, and no word with it. */
const ANSWERED_WITHIN_MS = 600;

export class Bridge {
  readonly call: CallFacts;
  readonly #parts: BridgeParts;
  readonly #clock: CallClock;
  readonly #startedAt: number;
  readonly #speech: Speech;
  readonly #playout: Playout;
  readonly #voice: Voice;
  readonly #listening: Listening;
  readonly #bargeIn: BargeIn;
  readonly #outage: SpeechOutage;
  readonly #silence: CallerSilence;
  readonly #dialogue: Dialogue;
  readonly #ending: Ending;
  readonly #taping: Taping;
  /** Of a call out only. */
  readonly #callee: Callee | null;

  #line: Line | null = null;
  /** When the line was last here, or the call began. */
  #lineSeenAt: number;
  #hasHadLine = false;
  #ended: EndReason | null = null;
  /** The process is to stop: the call goes to another as soon as it can. */
  #isLeaving = false;
  /** Another process has the call. */
  #isTaken = false;
  #cancelLineWait = (): void => {};
  #cancelLeaving = (): void => {};

  constructor(parts: BridgeParts) {
    const { call, agent, settings, sounds } = parts;
    this.call = call;
    this.#parts = parts;
    this.#clock = new CallClock(parts.clock, (run) => this.#guard(run));
    this.#startedAt = this.#clock.now();
    this.#lineSeenAt = this.#startedAt;
    const emit = (event: CallEventBody): void => this.#emit(event);
    emit({ type: 'call-started', from: call.from, to: call.to, sid: call.carrier?.sid ?? null });

    this.#speech = parts.openSpeech((event) => this.#guard(() => this.#hearSpeech(event)));
    const isOut = call.outbound !== undefined;
    const greeting = isOut || settings.lines.greeting === '' ? null : settings.lines.greeting;
    const localTime = localTimeText(settings.timeZone, this.#startedAt);
    // A call that another process began within opening hours keeps its agent past them.
    const closed = isOut ? null : settings.closed;
    const isTurnedAway = closed !== null && parts.resumed === null;
    const hasContext = !settings.notesOff.has('context');
    const conversation = (isTurnedAway ? noAgent : agent).open(
      {
        call,
        note: isOut
          ? outboundOpeningNote(call, localTime, hasContext)
          : openingNote(call, greeting, localTime, hasContext),
        greeting,
        isCallerFirst: isOut,
        tools: phoneTools(settings.transfers),
      },
      parts.resumed?.resume.agent ?? undefined,
    );

    const clock = this.#clock;
    const speech = this.#speech;
    const taping = new Taping(parts.tape, clock);
    this.#taping = taping;
    const playout = new Playout(clock, (event) => this.#hearPlayout(event), taping.hearAgent);
    const voice = new Voice({ speech, playout, texts: settings.lines, sounds, emit });
    this.#playout = playout;
    this.#voice = voice;
    this.#dialogue = new Dialogue({
      ...settings,
      clock,
      conversation,
      voice,
      playout,
      emit,
      onTurnOver: (next) => {
        if (next.is === 'give-up') this.#ending.giveUp('too-many-failures');
        else if (next.is === 'command') this.#ending.obey(next.command, next.hasLastWords);
        else this.#haveWord();
      },
      onBug: (error) => this.#endByBug(error),
    });
    this.#listening = new Listening({
      clock,
      speech,
      emit,
      stallMs: settings.vadSilenceMs,
      onPause: () => this.#answer(),
    });
    this.#bargeIn = new BargeIn({
      clock,
      bargeInMs: settings.bargeInMs,
      onInterruption: () => this.#interrupt(),
      onFalseAlarm: () => this.#resumeReply(),
    });

    this.#outage = new SpeechOutage({
      clock,
      isAnswerDue: () => this.#listening.isExpectingMore || !playout.isDrained,
      canSpeak: () =>
        this.#line !== null && !playout.isSounding && !this.#bargeIn.isHolding && !this.#ending.isClosing,
      onWait: () => voice.sayLineMeanwhile('filler'),
      onPause: () => this.#bargeIn.hearSilence(),
    });
    this.#outage.begin();

    this.#silence = new CallerSilence({
      clock,
      promptMs: settings.silencePromptMs,
      hasWord: () => !this.#isBusy() && this.#line !== null,
      onSilence: (isFirst) => {
        if (this.#listening.hasWords) this.#answer();
        else if (isFirst) {
          this.#voice.sayLine('still-there');
          this.#dialogue.note(silenceNote(settings.lines['still-there']));
        } else this.sayAndEnd('goodbye', 'silence');
      },
    });

    this.#ending = new Ending({
      clock,
      voice,
      lines: settings.lines,
      transfers: settings.transfers,
      carrier: parts.carrier,
      hasLine: () => this.#line !== null,
      takeLine: () => this.#takeLine(),
      awaitLine: (ms) => this.#awaitLine('line-lost', ms),
      hush: () => {
        if (this.#isBusy()) this.#interrupt();
      },
      prompt: (note) => this.#dialogue.prompt(note),
      end: (reason) => this.end(reason),
      emit,
    });

    this.#callee =
      call.outbound === undefined
        ? null
        : new Callee({
            clock,
            firstWordWaitMs: settings.firstWordWaitMs,
            voicemail: call.outbound.assignment.voicemail,
            isSpeaking: () => this.#listening.isExpectingMore,
            onSilence: () => {
              if (!this.#isBusy()) this.#dialogue.prompt(answeredInSilenceNote());
            },
            onScreener: () => this.#dialogue.note(screenerNote()),
            onMachine: () => {
              if (this.#isBusy()) this.#interrupt();
            },
            onBeep: (message) => {
              if (message === null) this.end('machine');
              else this.#ending.leaveMessage(message, 'voicemail-left');
            },
            emit,
          });

    this.#awaitLine('no-stream', LINE_WAIT_MS);
    clock.after(settings.maxCallMs, () => this.sayAndEnd('too-long', 'too-long'));
    if (parts.resumed !== null) this.#resume(parts.resumed);
    else if (closed !== null) this.#ending.turnAway(closed.transferTo);
    else this.#greet();
  }

  /** Why the call ended; null while it lives. */
  get ended(): EndReason | null {
    return this.#ended;
  }

  /** What has the call while its stream is gone; null while the caller is here, or should be. */
  get errand(): Errand | null {
    return this.#ending.errand;
  }

  /** For so long the caller's audio has not come here. */
  get withoutLineMs(): number {
    return this.#line === null ? this.#clock.now() - this.#lineSeenAt : 0;
  }

  /** The caller's audio path is there, for the first time or anew; returns the listener for this line's events. */
  attach(line: Line): (event: LineEvent) => void {
    const former = this.#line;
    this.#line = line;
    if (!this.#hasHadLine && this.#parts.resumed === null) this.#callee?.answered();
    this.#hasHadLine = true;
    if (this.#ending.errand !== null) this.#ending.cancel();
    former?.close();
    this.#cancelLineWait();
    this.#listening.beginStream();
    this.#taping.beginStream();
    this.#emit({ type: 'line-connected', streamId: line.streamId });
    this.#guard(() => {
      this.#playout.attach(line);
      if (!this.#isBusy()) this.#haveWord();
      if (this.#listening.hasWords) this.#answer();
    });
    return (event) => {
      if (this.#line === line) this.#guard(() => this.#hearLine(event));
    };
  }

  /** Speaks a fixed line as the last words and ends the call once they were heard. */
  sayAndEnd(line: FixedLineName, reason: EndReason): void {
    this.#guard(() => this.#ending.sayAndEnd(line, reason));
  }

  /** Something to be done with the call, by somebody who watches it; tells whether it may be. */
  steer(steering: Steering): boolean {
    switch (steering.type) {
      case 'hang-up':
        this.sayAndEnd('farewell', 'operator-ended');
        return true;
      case 'transfer': {
        const command = commandFor(
          { type: 'transfer', to: steering.to, summary: '' },
          this.#parts.settings.transfers,
        );
        if (command === null || typeof command === 'string') return false;
        this.#guard(() => {
          if (this.#isBusy()) this.#interrupt();
          this.#ending.obey(command, false);
        });
        return true;
      }
      case 'say':
        this.#guard(() => this.#sayForOperator(steering.text));
        return true;
      case 'note':
        this.#emit({ type: 'operator-noted', text: steering.text });
        this.#dialogue.note(operatorNote(steering.text));
        return true;
      case 'machine':
        this.#guard(() => this.#callee?.hearVerdict(steering.answeredBy, steering.isMessageOver));
        return true;
      case 'status':
        return true;
    }
  }

  /** Somebody answered the transfer: the call is theirs. Returns what they are to hear first, '' for nothing. */
  transferAnswered(): string {
    return this.#ending.transferAnswered();
  }

  /** Nobody answered the transfer, and the caller is about to come back. */
  transferFailed(why: TransferFailure): void {
    this.#guard(() => this.#ending.transferFailed(why));
  }

  /** What another process needs to go on with the call. */
  get resumeState(): ResumeState {
    const { errand } = this.#ending;
    return {
      profile: this.#parts.settings.profile,
      parameters: this.call.parameters,
      agent: this.#dialogue.memory,
      speaking: this.#dialogue.speaking,
      order:
        errand?.type === 'transfer' ? { type: 'transfer', to: errand.to, summary: errand.summary } : errand,
    };
  }

  /** R2: another process goes on with the call, soon after the caller has the word; `atOnce`, even in mid-sentence. */
  handOver(atOnce: boolean): void {
    this.#isLeaving = true;
    // Last words are heard out: they take no longer than to begin anew elsewhere.
    if (this.#ending.isClosing) return;
    if (atOnce) return this.end('handed-over');
    this.#cancelLeaving();
    this.#cancelLeaving = this.#clock.after(ANSWERED_WITHIN_MS, () => {
      // What the caller is saying is known here only until it is a turn.
      const hasWord = !this.#isBusy() && !this.#listening.isExpectingMore && !this.#listening.hasWords;
      if (this.#ending.errand === null && !this.#ending.isClosing && hasWord) this.end('handed-over');
    });
  }

  /** Another process has taken the call: nothing of it is ours to touch. */
  release(): void {
    this.#isTaken = true;
    this.end('handed-over');
  }

  /** The one way out. Idempotent. */
  end(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    const resume = reason === 'handed-over' ? this.resumeState : null;
    const isTold = this.#ending.isClosing || reason === 'agent-ended';
    const hasCarrierIt = this.#ending.errand !== null;
    this.#ending.cancel();
    this.#clock.stop();
    const hasSchema = (this.call.outbound?.assignment.result ?? null) !== null;
    const wantsResult = reason !== 'handed-over' && hasSchema;
    const closed = this.#dialogue.close(wantsResult || reason === 'handed-over');
    this.#taping.end();
    this.#speech.close();
    const line = this.#line;
    this.#line = null;
    const durationMs = this.#clock.now() - this.#startedAt;
    let left: Promise<unknown> = closed.then(() => this.#emit({ type: 'call-ended', reason, durationMs }));
    const { carrier } = this.#parts;
    // Who was not told what broke hears it from the carrier, which asks what next once the line is closed.
    const isUntold = UNTOLD.has(reason) && !isTold;
    if (this.#isTaken) line?.close();
    else if (resume !== null) {
      // Only once it is written down, to the call's last event, may Twilio ask another process what next.
      left = left
        .then(() => this.#parts.keep({ ...resume, agent: this.#dialogue.memory }))
        .then(() => line?.close());
    } else if (carrier === null || hasCarrierIt || isUntold || reason === 'caller-hung-up') line?.close();
    else void carrier.hangUp().then(() => line?.close());
    if (reason !== 'handed-over')
      left = left.then(() => this.#parts.onSettling?.(reason, wantsResult ? this.#dialogue.memory : null));
    this.#parts.onEnd(reason, isTold, left);
  }

  #hearLine(event: LineEvent): void {
    switch (event.type) {
      case 'audio':
        this.#listening.hearAudio(event.audio, event.timestampMs);
        this.#bargeIn.hear(event.audio);
        this.#outage.hear(event.audio);
        this.#taping.hearCaller(event.audio, event.timestampMs);
        return;
      case 'mark-reached':
        this.#playout.markReached(event.name);
        return;
      case 'digit':
        this.#silence.stop();
        if (this.#canBeInterrupted()) this.#interrupt();
        this.#listening.hearDigit(event.digit);
        return;
      case 'refused':
        this.#emit({ type: 'input-refused', kind: event.kind, detail: event.detail });
        return;
      case 'closed':
        this.#line = null;
        this.#lineSeenAt = this.#clock.now();
        this.#playout.detach();
        this.#silence.stop();
        if (event.how === 'bad-input') this.end('bad-input');
        else if (this.#ending.concludeIfClosing(event.how === 'hung-up')) return;
        else if (event.how === 'hung-up') this.end('caller-hung-up');
        else {
          this.#emit({ type: 'line-lost' });
          this.#awaitLine('line-lost', LINE_WAIT_MS);
        }
        return;
    }
  }

  #hearSpeech(event: SpeechEvent): void {
    switch (event.type) {
      case 'ready':
        this.#outage.end();
        this.#emit({ type: 'speech-ready' });
        return;
      case 'away':
        this.#emit({ type: 'speech-away', reason: event.reason });
        this.#outage.begin();
        return;
      case 'speech-started':
        this.#listening.beginUtterance(event.utteranceId);
        this.#silence.watch(LONGEST_SPEECH_MS);
        if (this.#canBeInterrupted()) this.#holdReply(event.utteranceId);
        return;
      case 'speech-stopped':
        this.#listening.closeUtterance();
        return;
      case 'words':
        this.#bargeIn.hearWords();
        return;
      case 'utterance':
        if (event.transcript !== '' && this.#canBeInterrupted()) this.#interrupt();
        if (event.transcript === '') this.#bargeIn.hearNoWords(event.utteranceId);
        else this.#callee?.hearWords(event.transcript);
        this.#listening.hearTranscript(event.utteranceId, event.transcript);
        return;
      case 'segment-audio':
      case 'segment-done':
        this.#voice.hear(event);
        return;
      case 'refused':
        this.#emit({ type: 'input-refused', kind: event.kind, detail: event.detail });
        return;
      case 'lost':
        this.#emit({ type: 'speech-lost', reason: event.reason });
        this.#outage.end();
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
      case 'drained':
        this.#dialogue.noteDrained(event.heard);
        if (!this.#ending.concludeIfClosing(false)) this.#haveWord();
        return;
    }
  }

  /** Whether a reply is waited for, thought up, spoken or held. */
  #isBusy(): boolean {
    return this.#dialogue.isBusy;
  }

  #canBeInterrupted(): boolean {
    return this.#isBusy() && this.#ending.isCancellable;
  }

  /** B1: silence at once, and nothing lost. */
  #holdReply(utteranceId: string): void {
    if (!this.#bargeIn.isHolding) {
      this.#playout.hold();
      this.#emit({ type: 'reply-held' });
    }
    this.#bargeIn.begin(utteranceId);
  }

  /** B3: it was no interruption. */
  #resumeReply(): void {
    this.#emit({ type: 'reply-resumed' });
    this.#playout.resume();
  }

  /** B2: the caller means it. The reply ends here. */
  #interrupt(): void {
    this.#bargeIn.stop();
    this.#ending.cancel();
    this.#dialogue.interrupt();
  }

  /** The caller has paused: what they said goes to the agent. */
  #answer(): void {
    if (this.#ending.isClosing || this.#ending.errand !== null) return;
    if (this.#callee?.isMachine === true) return;
    const { text, notes } = this.#listening.take();
    if (text !== '' || notes.length > 0) this.#silence.hearWords();
    if (this.#dialogue.answer(text, notes)) this.#silence.stop();
    else this.#haveWord();
  }

  /** The caller has the word, which is when a call can best be handed over. */
  #haveWord(): void {
    if (this.#isLeaving) this.handOver(false);
    else this.#silence.watch();
  }

  /** R3: the agent knows the conversation; what the caller was owed is made good. */
  #resume({ resume, wasLost }: ResumedCall): void {
    const { speaking, order } = resume;
    this.#emit({ type: 'call-taken-up', wasLost });
    if (order?.type === 'transfer') return this.#ending.resume({ ...order, say: '', otherwise: null });
    if (
      speaking?.heard === '' &&
      (resume.agent === null || speaking.text === this.#parts.settings.lines.greeting)
    )
      return this.#greet();
    const segment = wasLost ? this.#voice.sayLine('where-were-we') : null;
    const asked = segment === null ? '' : ` The caller was asked: "${segment.text}"`;
    if (speaking === null) {
      if (wasLost) this.#dialogue.note(takenUpNote(null, asked));
      return;
    }
    const isWhole = !wasLost && speaking.text !== '' && speaking.text.startsWith(speaking.heard);
    const rest = isWhole ? speaking.text.slice(speaking.heard.length).trim() : '';
    if (rest === '') this.#dialogue.prompt(takenUpNote(speaking.heard, asked), speaking.heard);
    else this.#voice.say(rest, null);
  }

  /** In the middle of a reply, that ends there. The agent learns of it with the next words. */
  #sayForOperator(text: string): void {
    if (this.#ending.isClosing || this.#ending.errand !== null) return;
    if (this.#isBusy()) this.#interrupt();
    this.#emit({ type: 'operator-said', text });
    this.#voice.say(text, null);
    this.#dialogue.note(operatorSaidNote(text));
  }

  #greet(): void {
    this.#voice.sayLine('recording-notice');
    // Whoever was called speaks first.
    if (this.#callee !== null) return;
    this.#dialogue.open();
  }

  #takeLine(): Line | null {
    const line = this.#line;
    this.#line = null;
    this.#lineSeenAt = this.#clock.now();
    this.#playout.detach();
    this.#silence.stop();
    return line;
  }

  #awaitLine(reason: EndReason, ms: number): void {
    this.#cancelLineWait();
    this.#cancelLineWait = this.#clock.after(ms, () => this.end(reason));
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
    this.#emit({
      type: 'bug-found',
      stack: error instanceof Error ? (error.stack ?? error.message) : 'not an Error',
    });
    this.end('bug');
  }
}

/** What breaks so that there may be no voice left to say so. */
const UNTOLD: ReadonlySet<EndReason> = new Set(['bug', 'bad-input', 'speech-lost']);
