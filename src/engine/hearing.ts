// Transcribes a complete recording. The VAD counts time in audio, so it may be fed faster than real time. But only silence
// closes an utterance, and nothing says that a session has heard everything: a quiet while after the end has to do.
import { pause } from '../call/waiting.ts';
import type { Clock, Speech, SpeechEvent } from '../call/ports.ts';
import { silence } from '../call/mulaw.ts';
import type { SpeechFailed } from './failures.ts';

export interface HearingParts {
  readonly clock: Clock;
  readonly openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly vadSilenceMs: number;
  /** The recording from its beginning, µ-law in pieces of 200 ms; read again if a session is lost. */
  readonly sound: () => Iterable<Buffer>;
  readonly signal: AbortSignal;
}

export type Heard =
  /** `unclear`: how many utterances held no words that were understood. */
  { readonly is: 'heard'; readonly text: string; readonly unclear: number } | SpeechFailed;

/** Ten times real time: a session buffers at most 96 s of audio. */
const PIECE_EVERY_MS = 20;
const LOOK_EVERY_MS = 100;
const SETTLED_AFTER_MS = 1_500;
const SILENCE_BEYOND_MS = 500;
const DEADLINE_MS = 60_000;
/** A session replays only half a minute after a loss, so a new one hears the whole recording again. */
const MOST_SESSIONS = 2;

export async function transcribe(parts: HearingParts): Promise<Heard> {
  for (let sessions = 1; ; sessions++) {
    const heard = await hearAll(parts);
    if (heard.is !== 'lost') return heard;
    if (sessions === MOST_SESSIONS) return { is: 'failed', why: 'unavailable', detail: heard.reason };
  }
}

type HeardOnce = Heard | { readonly is: 'lost'; readonly reason: string };

async function hearAll(parts: HearingParts): Promise<HeardOnce> {
  const { clock, signal } = parts;
  const hearing = new Hearing(parts);
  const leave = (): void => hearing.finish({ is: 'failed', why: 'left', detail: '' });
  const cancelDeadline = clock.after(DEADLINE_MS, () =>
    hearing.finish({ is: 'failed', why: 'timeout', detail: 'not heard in time' }),
  );
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    return await hearing.run();
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', leave);
    hearing.close();
  }
}

class Hearing {
  readonly #parts: HearingParts;
  readonly #speech: Speech;
  readonly #ready = Promise.withResolvers<void>();
  /** Aborts when the session ends before the recording does. */
  readonly #over = new AbortController();
  #end: HeardOnce | null = null;
  readonly #open = new Set<string>();
  readonly #words: string[] = [];
  #unclear = 0;
  #lastEventAt = 0;

  constructor(parts: HearingParts) {
    this.#parts = parts;
    this.#speech = parts.openSpeech((event) => this.#hear(event));
  }

  async run(): Promise<HeardOnce> {
    await this.#ready.promise;
    for (const piece of this.#parts.sound()) {
      if (this.#over.signal.aborted) break;
      this.#speech.hear(piece.toString('base64'));
      await this.#pause(PIECE_EVERY_MS);
    }
    await this.#hushUntilSettled();
    return this.#end ?? { is: 'heard', text: this.#words.join(' '), unclear: this.#unclear };
  }

  /** The first one counts. */
  finish(how: HeardOnce): void {
    this.#end ??= how;
    this.#over.abort();
    this.#ready.resolve();
  }

  close(): void {
    this.#speech.close();
  }

  #hear(event: SpeechEvent): void {
    this.#lastEventAt = this.#parts.clock.now();
    switch (event.type) {
      case 'ready':
        return this.#ready.resolve();
      case 'speech-started':
        this.#open.add(event.utteranceId);
        return;
      case 'utterance':
        this.#open.delete(event.utteranceId);
        if (event.transcript === '') this.#unclear++;
        else this.#words.push(event.transcript);
        return;
      case 'away':
        return this.finish({ is: 'lost', reason: event.reason });
      case 'lost':
        return this.finish({ is: 'failed', why: 'unavailable', detail: event.reason });
      case 'speech-stopped':
      case 'words':
      case 'segment-audio':
      case 'segment-done':
      case 'transcriber-replaced':
      case 'usage-counted':
      case 'refused':
        return;
    }
  }

  async #hushUntilSettled(): Promise<void> {
    const { clock, vadSilenceMs } = this.#parts;
    const hushMs = vadSilenceMs + SILENCE_BEYOND_MS;
    let hushedAt: number | null = null;
    while (!this.#over.signal.aborted) {
      const now = clock.now();
      // Once, and again while an utterance stays open.
      if (hushedAt === null || (this.#open.size > 0 && now - hushedAt >= hushMs)) {
        this.#speech.hear(silence(hushMs));
        hushedAt = now;
      }
      const quietSince = Math.max(hushedAt, this.#lastEventAt);
      if (this.#open.size === 0 && now - quietSince >= SETTLED_AFTER_MS) return;
      await this.#pause(LOOK_EVERY_MS);
    }
  }

  #pause(ms: number): Promise<void> {
    return pause(this.#parts.clock, ms, this.#over.signal);
  }
}
