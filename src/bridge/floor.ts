// Who may speak (B1-B3, E3): a sound of the caller's holds the reply, words end it, nothing lets it go on; and a caller
// who leaves their turn unused is asked whether they are there. Last words that are final cannot be interrupted, so
// every sound goes through `#canBeInterrupted`.
import { AnswerWait } from './answer-wait.ts';
import { BargeIn } from './barge-in.ts';
import type { BridgeSettings } from './bridge-parts.ts';
import type { CallClock } from './call-clock.ts';
import type { CallerLine } from './caller-line.ts';
import { CallerSilence } from './caller-silence.ts';
import type { CallEventBody } from '../call/call.ts';
import type { Dialogue } from './dialogue.ts';
import type { Ending } from './ending.ts';
import type { Listening } from './listening.ts';
import { silenceNote } from '../call/notes.ts';
import type { Playout } from './playout.ts';
import type { Base64Audio } from '../call/ports.ts';
import { SpeechOutage } from './speech-outage.ts';
import type { Voice } from './voice.ts';

/** A caller who has been heard for this long without an intelligible word counts as silent. */
const LONGEST_SPEECH_MS = 60_000;

export interface FloorParts {
  readonly clock: CallClock;
  readonly settings: BridgeSettings;
  readonly line: CallerLine;
  readonly playout: Playout;
  readonly voice: Voice;
  readonly dialogue: Dialogue;
  readonly listening: Listening;
  readonly ending: Ending;
  /** The caller has waited long enough with words of theirs still unanswered. */
  readonly onWordsOverdue: () => void;
  readonly emit: (event: CallEventBody) => void;
}

export class Floor {
  readonly #parts: FloorParts;
  readonly #bargeIn: BargeIn;
  readonly #outage: SpeechOutage;
  readonly #answerWait: AnswerWait;
  readonly #silence: CallerSilence;

  constructor(parts: FloorParts) {
    const { clock, settings, line, playout, voice, dialogue, listening, ending } = parts;
    this.#parts = parts;
    this.#bargeIn = new BargeIn({
      clock,
      bargeInMs: settings.bargeInMs,
      onInterruption: () => this.interrupt(),
      onFalseAlarm: () => this.#resume(),
    });
    const canSpeak = (): boolean =>
      line.isHere && !playout.isSounding && !this.#bargeIn.isHolding && !ending.isClosing;
    this.#answerWait = new AnswerWait({
      clock,
      fillerAfterMs: settings.fillerAfterMs,
      isOwed: () => !dialogue.isSilenceWanted && (this.#isAnswerDue || this.#outage.isWaitedFor),
      canSpeak,
      fillers: () => voice.fillers,
      sayFiller: () => voice.sayFillerMeanwhile(),
      think: () => voice.think(),
    });
    this.#outage = new SpeechOutage({
      clock,
      isAnswerDue: () => listening.isExpectingMore || !playout.isDrained,
      canSpeak: () => canSpeak() && !this.#answerWait.isCallerSpeaking,
      onWait: () => {
        this.#answerWait.begin();
        voice.sayFillerMeanwhile();
      },
      onPause: () => this.#bargeIn.hearSilence(),
    });
    this.#silence = new CallerSilence({
      clock,
      promptMs: settings.silencePromptMs,
      hasWord: () => !dialogue.isBusy && line.isHere,
      onSilence: (isFirst) => this.#endSilence(isFirst),
    });
  }

  /** The caller's next audio: measured only while a reply is held or speech is away. */
  hearAudio(audio: Base64Audio): void {
    this.#bargeIn.hear(audio);
    this.#outage.hear(audio);
  }

  /** B1: the caller makes a sound: a reply falls silent at once, and nothing of it is lost. */
  hearSound(utteranceId: string): void {
    this.#silence.watch(LONGEST_SPEECH_MS);
    this.#answerWait.hearSound();
    if (!this.#canBeInterrupted) return;
    if (!this.#bargeIn.isHolding) {
      this.#parts.playout.hold();
      this.#parts.emit({ type: 'reply-held' });
    }
    this.#bargeIn.begin(utteranceId);
  }

  /** The caller's sound is over. */
  hearPause(): void {
    this.#bargeIn.hearPause();
    this.#answerWait.hearPause();
  }

  /** T9: the caller waits for an answer without having spoken just now. */
  awaitAnswer(): void {
    if (this.#isAnswerDue) this.#answerWait.begin();
  }

  hearWord(): void {
    this.#bargeIn.hearWords();
  }

  /** What the sound was; `transcript` is '' if it held no words. */
  hearTranscript(utteranceId: string, transcript: string): void {
    if (transcript === '') this.#bargeIn.hearNoWords(utteranceId);
    else if (this.#canBeInterrupted) this.interrupt();
  }

  hearDigit(): void {
    this.#silence.stop();
    if (this.#canBeInterrupted) this.interrupt();
  }

  /** Until `endOutage` no VAD and no transcript decide. */
  beginOutage(): void {
    this.#answerWait.forgetSound();
    this.#outage.begin();
  }

  endOutage(): void {
    this.#outage.end();
  }

  /** The caller may speak; their silence counts from now on. */
  giveToCaller(): void {
    this.#silence.watch();
  }

  /** The caller has said something that the agent receives, so they need not be asked whether they are there. */
  noteCallerSpoke(): void {
    this.#silence.hearWords();
  }

  /** R9: the caller's words are lost, and nothing else answers them. */
  apologise(): void {
    const { dialogue, listening, ending, voice } = this.#parts;
    if (!dialogue.isBusy && !listening.isExpectingMore && !ending.isLeaving) voice.sayLine('apology');
  }

  /** Ends whatever is being said or thought up. */
  hush(): void {
    if (this.#parts.dialogue.isBusy) this.interrupt();
  }

  /** B2: the reply ends here, and so does the plan to leave once it was heard. */
  interrupt(): void {
    this.#bargeIn.stop();
    this.#parts.ending.cancel();
    this.#parts.dialogue.interrupt();
  }

  get #isAnswerDue(): boolean {
    return this.#parts.listening.isExpectingMore || this.#parts.dialogue.isBusy;
  }

  get #canBeInterrupted(): boolean {
    return this.#parts.dialogue.isBusy && this.#parts.ending.isCancellable;
  }

  /** B3: the sound was no interruption. */
  #resume(): void {
    this.#parts.emit({ type: 'reply-resumed' });
    this.#parts.playout.resume();
    if (this.#parts.listening.isSilent) this.#parts.dialogue.confirm();
  }

  #endSilence(isFirst: boolean): void {
    const { listening, voice, dialogue, ending, settings } = this.#parts;
    if (listening.hasWords) this.#parts.onWordsOverdue();
    else if (isFirst) {
      voice.sayLine('still-there');
      dialogue.note(silenceNote(settings.lines['still-there']));
    } else ending.sayAndEnd('goodbye', 'silence');
  }
}
