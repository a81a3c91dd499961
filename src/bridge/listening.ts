// What comes from the caller, until it is a message for the agent: audio with the silence that Twilio left out (L5),
// utterances in order, quick keys as one note (L4). Words wait here until the caller has finished (L6): the VAD closes an
// utterance sooner, and its end is a place in the audio, because its transcript may come long after.
import type { CallEventBody } from '../call/call.ts';
import type { Unanswered } from '../call/call-record.ts';
import { StreamClock } from './stream-clock.ts';
import { BYTES_PER_MS, bytesIn, silence } from '../call/mulaw.ts';
import { keysNote, type Note } from '../call/notes.ts';
import type { Base64Audio, Clock, Speech } from '../call/ports.ts';
import { afterSilence } from '../call/waiting.ts';

const DIGITS_PAUSE_MS = 1200;
const MOST_DIGITS = 64;
/** T11: how often the agent is asked ahead of time for one message, and for how long a message at most. */
const MOST_TRIES = 3;
const LONGEST_TRIED_MS = 10_000;
/** L5: missing frames are silence after this long, and from then on in steps. A shorter stall is jitter of the network. */
const LONGEST_STALL_MS = 250;
const RESTORE_EVERY_MS = 50;

export interface ListeningParts {
  readonly clock: Clock;
  readonly speech: Speech;
  /** L6: a caller who has been silent for this long has finished. */
  readonly silenceMs: number;
  readonly emit: (event: CallEventBody) => void;
  /** T11: the caller has said something, and may have finished. Returns whether the agent is asked already. */
  readonly onWords: () => boolean;
  /** The caller has finished: `take` returns what they said, perhaps nothing. */
  readonly onPause: () => void;
}

export class Listening {
  readonly #parts: ListeningParts;
  #stream = new StreamClock();
  /** All that speech received of this caller. Places of their words are measured on it. */
  #heardMs = 0;
  /** When the last of it came. */
  #heardAt = 0;
  /** Where the caller's message began, and how often the agent was asked ahead of its end. */
  #beginMs = 0;
  #tries = 0;
  /** Where the caller's last word ended. */
  #wordsEndMs = -Infinity;
  /** The latest utterance whose transcript is awaited. */
  #open: string | null = null;
  #words: string[] = [];
  #notes: Note[] = [];
  #digits = '';
  /** Once the call leaves: the caller's latest audio, which the next process hears. */
  #last: Base64Audio[] | null = null;
  #cancelDigits = (): void => {};
  #cancelStallWatch = (): void => {};
  #cancelWait: (() => void) | null = null;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  /** Whether an utterance waits for its transcript, or words or keys for the caller to finish. */
  get isExpectingMore(): boolean {
    return this.#isSpeaking || this.#cancelWait !== null;
  }

  get #isSpeaking(): boolean {
    return this.#open !== null || this.#digits !== '';
  }

  /** L6: whether the caller has been silent for long enough to have finished. */
  get isSilent(): boolean {
    return this.#silentMs >= this.#parts.silenceMs;
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
    for (const piece of audio) this.#hear(piece);
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
    const gapMs = this.#stream.gapBefore(timestampMs, audio);
    if (gapMs > 0) this.#hear(silence(gapMs));
    this.#hear(audio);
  }

  #hear(audio: Base64Audio): void {
    this.#heardAt = this.#parts.clock.now();
    this.#heardMs += bytesIn(audio) / BYTES_PER_MS;
    if (this.#last === null) this.#parts.speech.hear(audio);
    else this.#last.push(audio);
  }

  hearDigit(digit: string): void {
    this.#cancelDigits();
    this.#digits = (this.#digits + digit).slice(0, MOST_DIGITS);
    this.#cancelDigits = this.#parts.clock.after(DIGITS_PAUSE_MS, () => {
      this.#noteDigits();
      this.waitForMore();
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
    if (!this.isExpectingMore && !this.hasWords) this.#beginMs = this.#heardMs;
    this.#open = utteranceId;
    this.#stopWaiting();
    this.#watchForStall(LONGEST_STALL_MS);
  }

  closeUtterance(): void {
    this.#parts.emit({ type: 'caller-stopped-speaking' });
    this.#cancelStallWatch();
  }

  /** `transcript` is '' if there were no words; `endMs` is where they ended. */
  hearTranscript(utteranceId: string, transcript: string, endMs: number): void {
    if (this.#open === utteranceId) this.#open = null;
    if (transcript !== '') {
      this.#wordsEndMs = endMs;
      // Typed words end when they come.
      const silentMs = Number.isFinite(endMs) ? Math.round(this.#silentMs) : 0;
      this.#parts.emit({ type: 'caller-said', utteranceId, transcript, silentMs });
      this.#words.push(transcript);
    }
    this.waitForMore();
  }

  /** Calls `onPause` once the caller has finished. Silence is counted on their audio; while no frames come, by the clock. */
  waitForMore(): void {
    const { clock, silenceMs, onPause } = this.#parts;
    this.#stopWaiting();
    if (this.#isSpeaking) return;
    if (this.isSilent) {
      this.#tries = 0;
      return onPause();
    }
    this.#cancelWait = afterSilence(clock, silenceMs - this.#silentMs, () => this.waitForMore());
    const isShort = this.#wordsEndMs - this.#beginMs <= LONGEST_TRIED_MS;
    if (this.#words.length > 0 && isShort && this.#tries < MOST_TRIES && this.#parts.onWords()) this.#tries++;
  }

  /** Since the caller's last word. */
  get #silentMs(): number {
    return Math.max(0, this.#heardMs - this.#wordsEndMs + this.#parts.clock.now() - this.#heardAt);
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  #watchForStall(stallMs: number): void {
    const { clock } = this.#parts;
    this.#cancelStallWatch();
    const leftMs = this.#heardAt + stallMs - clock.now();
    if (leftMs <= 0) {
      this.#stream.filled(stallMs);
      this.#hear(silence(stallMs));
    }
    const [nextMs, inMs] = leftMs <= 0 ? [RESTORE_EVERY_MS, RESTORE_EVERY_MS] : [LONGEST_STALL_MS, leftMs];
    this.#cancelStallWatch = afterSilence(clock, inMs, () => this.#watchForStall(nextMs));
  }
}
