// Reads texts aloud through a speech session of its own and returns all of the audio at once. A segment that broke off is
// read again from its beginning, since nobody has heard any of it yet.
import type { Clock, Speech, SpeechEvent } from '../call/ports.ts';
import { isSpokenAsWritten } from '../call/speakable.ts';
import type { SpeechFailed, SpeechFailure } from './failures.ts';

/** Whether every word was read as written (T6); `unknown` if the voice sent no transcript. */
export type Verbatim = 'yes' | 'no' | 'unknown';

export type ReadAloud =
  /** µ-law. */
  { readonly is: 'spoken'; readonly audio: Buffer; readonly verbatim: Verbatim } | SpeechFailed;

export interface ReadingParts {
  readonly clock: Clock;
  readonly openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly signal: AbortSignal;
}

interface Read {
  readonly text: string;
  audio: Buffer[];
  triesLeft: number;
  verbatim: Verbatim | null;
}

const MOST_TRIES = 3;
/** 15 minutes: more than the longest text takes. */
const MOST_BYTES = 15 * 60 * 8_000;
/** From the last text on. The voice is several times faster than real time. */
const DEADLINE_MS = 300_000;

export class ReadingAloud {
  readonly #parts: ReadingParts;
  readonly #speech: Speech;
  readonly #segments = new Map<string, Read>();
  readonly #end = Promise.withResolvers<ReadAloud>();
  readonly #leave = (): void => this.#fail('left', '');
  #count = 0;
  #bytes = 0;
  #isComplete = false;
  #cancelDeadline = (): void => {};

  /** Dials at once, so that the session is ready when the first text comes. */
  constructor(parts: ReadingParts) {
    this.#parts = parts;
    this.#speech = parts.openSpeech((event) => this.#hear(event));
    parts.signal.addEventListener('abort', this.#leave);
    if (parts.signal.aborted) this.#leave();
  }

  say(text: string): void {
    const id = `e${++this.#count}`;
    this.#segments.set(id, { text, audio: [], triesLeft: MOST_TRIES - 1, verbatim: null });
    this.#speech.say({ id, text });
  }

  /** Drops every text so far. */
  cancel(): void {
    for (const id of this.#segments.keys()) this.#speech.cancel(id);
    this.#segments.clear();
  }

  /** Ends the texts; resolves with all of the audio, or when this is closed. */
  finish(): Promise<ReadAloud> {
    this.#isComplete = true;
    this.#cancelDeadline = this.#parts.clock.after(DEADLINE_MS, () =>
      this.#fail('timeout', 'not read in time'),
    );
    this.#look();
    return this.#end.promise;
  }

  /** Idempotent. Always call it. */
  close(): void {
    this.#fail('left', '');
    this.#cancelDeadline();
    this.#parts.signal.removeEventListener('abort', this.#leave);
  }

  #hear(event: SpeechEvent): void {
    switch (event.type) {
      case 'segment-audio': {
        const audio = Buffer.from(event.audio, 'base64');
        this.#bytes += audio.length;
        if (this.#bytes > MOST_BYTES) return this.#fail('unavailable', 'no end of audio');
        this.#segments.get(event.segmentId)?.audio.push(audio);
        return;
      }
      case 'segment-done':
        return this.#noteDone(event);
      case 'lost':
        return this.#fail('unavailable', event.reason);
      case 'ready':
      case 'transcriber-replaced':
      case 'usage-counted':
      case 'away':
      case 'speech-started':
      case 'speech-stopped':
      case 'words':
      case 'utterance':
      case 'refused':
        return;
    }
  }

  #noteDone({ segmentId, outcome, spoken }: Extract<SpeechEvent, { type: 'segment-done' }>): void {
    const segment = this.#segments.get(segmentId);
    if (segment === undefined) return;
    if (outcome === 'completed') {
      segment.verbatim = spoken === null ? 'unknown' : isSpokenAsWritten(segment.text, spoken) ? 'yes' : 'no';
      return this.#look();
    }
    if (segment.triesLeft === 0) return this.#fail('unavailable', 'not spoken');
    segment.triesLeft--;
    segment.audio = [];
    this.#speech.say({ id: segmentId, text: segment.text });
  }

  #look(): void {
    const segments = [...this.#segments.values()];
    if (!this.#isComplete || segments.some(({ verbatim }) => verbatim === null)) return;
    const verdicts = segments.map(({ verbatim }) => verbatim);
    const verbatim = verdicts.includes('no') ? 'no' : verdicts.includes('unknown') ? 'unknown' : 'yes';
    this.#settle({ is: 'spoken', audio: Buffer.concat(segments.flatMap(({ audio }) => audio)), verbatim });
  }

  #fail(why: SpeechFailure, detail: string): void {
    this.#settle({ is: 'failed', why, detail });
  }

  #settle(how: ReadAloud): void {
    this.#speech.close();
    this.#end.resolve(how);
  }
}
