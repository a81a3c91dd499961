// What comes from the caller, until it is a message for the agent: audio with the silence that Twilio left out (L5),
// utterances in order, quick keys as one note (L4). Words wait here while the caller is still speaking (T3).
import type { CallEventBody } from '../call/call.ts';
import type { Unanswered } from '../call/call-record.ts';
import { StreamClock } from './stream-clock.ts';
import { silence } from '../call/mulaw.ts';
import { keysNote, type Note } from '../call/notes.ts';
import type { Base64Audio, Clock, Speech } from '../call/ports.ts';

const DIGITS_PAUSE_MS = 1200;
const MOST_DIGITS = 64;
/** Added to the stall itself, so that the VAD's clock surely reaches the end of the utterance. */
const SILENCE_BEYOND_STALL_MS = 500;

export interface ListeningParts {
  readonly clock: Clock;
  readonly speech: Speech;
  /** No frame for this long while the caller speaks is silence that Twilio leaves out: as long as the VAD's own. */
  readonly stallMs: number;
  readonly emit: (event: CallEventBody) => void;
  /** The caller has paused: `take` returns what they said, perhaps nothing. */
  readonly onPause: () => void;
}

export class Listening {
  readonly #parts: ListeningParts;
  #stream = new StreamClock();
  #lastFrameAt = 0;
  /** The latest utterance whose transcript is awaited. */
  #open: string | null = null;
  #words: string[] = [];
  #notes: Note[] = [];
  #digits = '';
  /** Once the call leaves: the caller's latest audio, which the next process hears. */
  #last: Base64Audio[] | null = null;
  #cancelDigits = (): void => {};
  #cancelStallWatch = (): void => {};

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  /** Whether an utterance waits for its transcript, or keys for their pause. */
  get isExpectingMore(): boolean {
    return this.#open !== null || this.#digits !== '';
  }

  get hasWords(): boolean {
    return this.#words.length > 0 || this.#notes.length > 0;
  }

  /** Returns what the caller said and pressed since the last `take`. */
  take(): { readonly text: string; readonly notes: readonly Note[] } {
    return { text: this.#words.splice(0).join(' '), notes: this.#notes.splice(0) };
  }

  /** What another process heard, and did not answer. */
  resume({ text, notes, audio }: Unanswered): void {
    if (text !== '') this.#words.push(text);
    this.#notes.push(...notes);
    for (const piece of audio) this.#parts.speech.hear(piece);
  }

  /** R7: the call leaves. What is heard from now on is for the next process. */
  leave(): void {
    this.#last = [...this.#parts.speech.unheard()];
    this.#cancelDigits();
    this.#noteDigits();
  }

  /** What the next process needs; null for nothing. `withAudio`: what has no transcript yet, too. */
  unanswered(withAudio: boolean): Unanswered | null {
    const audio = this.#last ?? (withAudio ? this.#parts.speech.unheard() : []);
    if (!this.hasWords && audio.length === 0) return null;
    return { text: this.#words.join(' '), notes: [...this.#notes], audio };
  }

  beginStream(): void {
    this.#stream = new StreamClock();
  }

  hearAudio(audio: Base64Audio, timestampMs: number): void {
    this.#lastFrameAt = this.#parts.clock.now();
    const gapMs = this.#stream.gapBefore(timestampMs, audio);
    if (gapMs > 0) this.#hear(silence(gapMs));
    this.#hear(audio);
  }

  #hear(audio: Base64Audio): void {
    if (this.#last === null) this.#parts.speech.hear(audio);
    else this.#last.push(audio);
  }

  hearDigit(digit: string): void {
    this.#cancelDigits();
    this.#digits = (this.#digits + digit).slice(0, MOST_DIGITS);
    this.#cancelDigits = this.#parts.clock.after(DIGITS_PAUSE_MS, () => {
      this.#noteDigits();
      this.#pauseIfDone();
    });
  }

  #noteDigits(): void {
    const digits = this.#digits;
    if (digits === '') return;
    this.#digits = '';
    this.#parts.emit({ type: 'digits-pressed', digits });
    this.#notes.push(keysNote(digits));
  }

  beginUtterance(utteranceId: string): void {
    this.#parts.emit({ type: 'caller-began-speaking' });
    this.#open = utteranceId;
    this.#watchForStall();
  }

  closeUtterance(): void {
    this.#parts.emit({ type: 'caller-stopped-speaking' });
    this.#cancelStallWatch();
  }

  /** `transcript` is '' if there were no words. */
  hearTranscript(utteranceId: string, transcript: string): void {
    if (this.#open === utteranceId) this.#open = null;
    if (transcript !== '') {
      this.#parts.emit({ type: 'caller-said', utteranceId, transcript });
      this.#words.push(transcript);
    }
    this.#pauseIfDone();
  }

  #pauseIfDone(): void {
    if (!this.isExpectingMore) this.#parts.onPause();
  }

  #watchForStall(): void {
    const { clock, speech, stallMs } = this.#parts;
    this.#cancelStallWatch();
    const stalledMs = clock.now() - this.#lastFrameAt;
    const isStalled = stalledMs >= stallMs;
    if (isStalled) {
      speech.hear(silence(stallMs + SILENCE_BEYOND_STALL_MS));
      this.#stream.filled(stallMs + SILENCE_BEYOND_STALL_MS);
    }
    this.#cancelStallWatch = clock.after(isStalled ? stallMs : stallMs - stalledMs, () =>
      this.#watchForStall(),
    );
  }
}
