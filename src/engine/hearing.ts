// Words out of a sound that is there whole. The VAD counts time in audio and not by the clock, so it may be fed faster
// than anybody speaks; but it closes an utterance by silence alone, and where none is heard there is no sign that it has
// heard all: an end that stays quiet for a while is taken for the end.
import { pause } from '../call/waiting.ts';
import type { Clock, Speech, SpeechEvent } from '../call/ports.ts';
import { silence } from '../call/mulaw.ts';
import type { SpeechFailure } from './failures.ts';

export interface HearingParts {
  readonly clock: Clock;
  readonly openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech;
  /** The silence that ends an utterance. */
  readonly vadSilenceMs: number;
  /** The sound from its beginning, µ-law in pieces of 200 ms; asked for again should a session be lost. */
  readonly sound: () => Iterable<Buffer>;
  readonly signal: AbortSignal;
}

export type Heard =
  /** `unclear`: how many utterances had no words in them, or none that were understood. */
  | { readonly is: 'heard'; readonly text: string; readonly unclear: number }
  | { readonly is: 'failed'; readonly why: SpeechFailure; readonly detail: string };

/** Ten times as fast as it was spoken: a session takes 96 s of audio ahead of the network, and no more. */
const PIECE_EVERY_MS = 20;
const LOOK_EVERY_MS = 100;
const SETTLED_AFTER_MS = 1_500;
const SILENCE_BEYOND_MS = 500;
const DEADLINE_MS = 60_000;
/** A session keeps half a minute of what it has not understood; so after a loss all is heard again, by a new one. */
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
  const takeBackDeadline = clock.after(DEADLINE_MS, () =>
    hearing.finish({ is: 'failed', why: 'timeout', detail: 'not heard in time' }),
  );
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    return await hearing.run();
  } finally {
    takeBackDeadline();
    signal.removeEventListener('abort', leave);
    hearing.close();
  }
}

/** One session, that hears all of the sound. */
class Hearing {
  readonly #parts: HearingParts;
  readonly #speech: Speech;
  readonly #ready = Promise.withResolvers<void>();
  /** Aborts once there is an end before the sound's own. */
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
      // Once; and again while an utterance does not end.
      if (hushedAt === null || (this.#open.size > 0 && now - hushedAt >= hushMs)) {
        this.#speech.hear(silence(hushMs));
        hushedAt = now;
      }
      const quietSince = Math.max(hushedAt, this.#lastEventAt);
      if (this.#open.size === 0 && now - quietSince >= SETTLED_AFTER_MS) return;
      await this.#pause(LOOK_EVERY_MS);
    }
  }

  /** Ends early when all is over. */
  #pause(ms: number): Promise<void> {
    return pause(this.#parts.clock, ms, this.#over.signal);
  }
}
