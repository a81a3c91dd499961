// What a voice has said, by its sound: since the relay passes audio on unchanged, a listener knows from a frame of it the words
// that it is a part of. Sound that no voice has made is read as tones: the callers of the sandbox speak in those.
import { CUT_OFF, SILENCE, ToneListener } from '../tones.ts';
import type { Listener } from './voice.ts';

/** 20 ms: long enough that no two sound alike. */
const FRAME_BYTES = 160;

interface Place {
  readonly text: string;
  readonly at: number;
  readonly of: number;
}

export class KnownSounds {
  readonly #places = new Map<string, Place>();

  learn(text: string, sound: Buffer): void {
    const frames = Array.from({ length: Math.floor(sound.length / FRAME_BYTES) }, (_, at) =>
      sound.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES),
    );
    // A voice takes a breath before and after.
    const first = frames.findIndex((frame) => !isQuiet(frame));
    const of = frames.findLastIndex((frame) => !isQuiet(frame)) - first + 1;
    for (const [at, frame] of frames.slice(first, first + of).entries())
      if (!isQuiet(frame)) this.#places.set(keyOf(frame), { text, at, of });
  }

  placeOf(frame: Uint8Array): Place | undefined {
    return this.#places.get(keyOf(frame));
  }
}

export class VoiceListener implements Listener {
  readonly #known: KnownSounds;
  readonly #tones = new ToneListener();
  #tonesRead = 0;
  #waiting = new Uint8Array(0);
  #place: Place | null = null;
  /** Characters of the place's text that were heard. */
  #until = 0;
  #text = '';

  constructor(known: KnownSounds) {
    this.#known = known;
  }

  get text(): string {
    return this.#text;
  }

  hear(audio: Uint8Array): void {
    const all = new Uint8Array(this.#waiting.length + audio.length);
    all.set(this.#waiting);
    all.set(audio, this.#waiting.length);
    this.#waiting = all.slice(this.#take(all));
  }

  pause(): void {
    this.#tones.hear(this.#waiting);
    this.#waiting = new Uint8Array(0);
    this.#tones.pause();
    this.#readTones();
  }

  /** Returns how many bytes were understood, one way or the other. */
  #take(audio: Uint8Array): number {
    let from = 0;
    while (audio.length - from >= FRAME_BYTES) {
      const frame = audio.subarray(from, from + FRAME_BYTES);
      const place = this.#known.placeOf(frame);
      if (place !== undefined) this.#hearWords(place);
      else if (!isQuiet(frame)) {
        const shift = this.#shiftTo(audio, from);
        if (shift > 0) {
          from += shift;
          continue;
        }
        // A known sound may begin within the next frame.
        if (audio.length - from < 2 * FRAME_BYTES) return from;
        this.#hearTones(frame);
      }
      from += FRAME_BYTES;
    }
    return from;
  }

  /** The bytes until a frame of a known sound begins; 0 for none. */
  #shiftTo(audio: Uint8Array, from: number): number {
    for (let shift = 1; shift < FRAME_BYTES && from + shift + FRAME_BYTES <= audio.length; shift++)
      if (this.#known.placeOf(audio.subarray(from + shift, from + shift + FRAME_BYTES)) !== undefined)
        return shift;
    return 0;
  }

  #hearWords(place: Place): void {
    const isNew = this.#place?.text !== place.text || place.at <= this.#place.at;
    if (isNew) {
      const isWhole = this.#place === null || this.#until >= this.#place.text.length;
      this.#text += isWhole ? '' : CUT_OFF;
      this.#until = untilOf(place);
      if (place.at === 0) this.#until = 0;
    }
    const until = place.at === place.of - 1 ? place.text.length : untilOf(place);
    if (until > this.#until) this.#text += place.text.slice(this.#until, until);
    this.#until = Math.max(this.#until, until);
    this.#place = place;
  }

  #hearTones(frame: Uint8Array): void {
    this.#tones.hear(frame);
    this.#readTones();
  }

  #readTones(): void {
    const { text } = this.#tones;
    this.#text += text.slice(this.#tonesRead);
    this.#tonesRead = text.length;
  }
}

/** Characters that have begun. */
function untilOf({ text, at, of }: Place): number {
  return Math.floor((text.length * at) / of);
}

function keyOf(frame: Uint8Array): string {
  return Buffer.from(frame).toString('latin1');
}

/** Nothing but the smallest steps around zero. */
function isQuiet(frame: Uint8Array): boolean {
  return frame.every((byte) => (byte | 0x80) >= SILENCE - 8);
}
