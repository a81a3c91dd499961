// What the caller is to hear: text becomes segments, and segments become audio from the speech session or, for fixed
// lines, from memory. The playout puts it in order; this checks whether the voice kept to the text (T6).
import type { CallEventBody, FixedLineName, Segment } from '../call/call.ts';
import type { FixedLineSounds, FixedLineTexts } from '../call/fixed-lines.ts';
import type { Playout } from './playout.ts';
import type { Base64Audio, Speech, SpeechEvent } from '../call/ports.ts';
import { isSpokenAsWritten } from '../call/speakable.ts';
import { THINKING_SOUND } from '../call/thinking-sound.ts';

/** How often the rest of a segment is requested if its audio ends in the middle. */
const MAX_RESTS = 2;

interface Live {
  /** The text requested last: the rest, if the segment broke off. */
  text: string;
  /** The audio so far of a fixed line that is not in memory yet. */
  toKeep: Base64Audio[] | null;
  rests: number;
}

export interface VoiceParts {
  readonly speech: Speech;
  readonly playout: Playout;
  readonly texts: FixedLineTexts;
  readonly sounds: FixedLineSounds;
  /** T9: whether a caller who waits long hears more than one filler. */
  readonly hasThinkingSound: boolean;
  readonly emit: (event: CallEventBody) => void;
}

export class Voice {
  readonly #parts: VoiceParts;
  readonly #live = new Map<string, Live>();
  #count = 0;
  #fillers = 0;

  constructor(parts: VoiceParts) {
    this.#parts = parts;
  }

  /** How many fillers the caller has been given. */
  get fillers(): number {
    return this.#fillers;
  }

  /** Speaks a segment after everything requested before it. */
  say(text: string, turnId: number | null): Segment {
    return this.#ask(text, turnId, null);
  }

  /** Speaks a fixed line; returns null if it has no text. */
  sayLine(line: FixedLineName): Segment | null {
    const text = this.#parts.texts[line];
    if (text === '') return null;
    if (line === 'filler') this.#fillers++;
    const sound = this.#parts.sounds.get(text);
    if (sound !== undefined) return this.#play(line, sound, (segment) => this.#parts.playout.expect(segment));
    this.#parts.emit({ type: 'line-spoken', line, text });
    return this.#ask(text, null, []);
  }

  /** Speaks the filler ahead of what is still to be generated. Where it is not in memory, the thinking sound stands in. */
  sayFillerMeanwhile(): void {
    const { playout, sounds, texts } = this.#parts;
    const sound = sounds.get(texts.filler);
    this.#fillers++;
    if (sound === undefined) this.think();
    else this.#play('filler', sound, (segment) => playout.expectFirst(segment));
  }

  /** The thinking sound, ahead of what is still to be generated. */
  think(): void {
    if (!this.#parts.hasThinkingSound) return;
    const segment = this.#newSegment('');
    this.#parts.playout.expectFirst(segment);
    this.#sound(segment, THINKING_SOUND);
  }

  hasInMemory(line: FixedLineName): boolean {
    return this.#parts.sounds.has(this.#parts.texts[line]);
  }

  /** Stops everything that is still being generated; the playout drops what is unheard. */
  cancel(): void {
    for (const id of this.#live.keys()) this.#parts.speech.cancel(id);
    this.#live.clear();
  }

  /** No more audio will come: what has come so far is all there is. */
  giveUp(): void {
    for (const id of this.#live.keys()) this.#parts.playout.finish(id, false);
    this.#live.clear();
  }

  hear(event: Extract<SpeechEvent, { type: 'segment-audio' | 'segment-done' }>): void {
    const live = this.#live.get(event.segmentId);
    if (live === undefined) return;
    if (event.type === 'segment-audio') {
      live.toKeep?.push(event.audio);
      this.#parts.playout.add(event.segmentId, event.audio);
      return;
    }
    if (event.outcome === 'failed' && this.#askForRest(event.segmentId, live)) return;
    this.#live.delete(event.segmentId);
    const { text } = live;
    const isComplete = event.outcome === 'completed';
    const isAsWritten = isComplete && (event.spoken === null || isSpokenAsWritten(text, event.spoken));
    if (!isAsWritten)
      this.#parts.emit({ type: 'spoken-otherwise', wanted: text, spoken: event.spoken ?? '' });
    else if (live.toKeep !== null) this.#parts.sounds.set(text, live.toKeep);
    this.#parts.playout.finish(event.segmentId, isComplete);
  }

  /**
   * R1: keeps what has come of the segment, and requests the rest of its text. The length of the audio shows only roughly
   * where it ended, so the word in which it did is spoken again, whole.
   */
  #askForRest(segmentId: string, live: Live): boolean {
    if (live.rests === MAX_RESTS) return false;
    const rest = this.#parts.playout.breakOff(segmentId);
    if (rest === '') return false;
    live.rests++;
    live.text = rest;
    live.toKeep = null;
    this.#parts.speech.say({ id: segmentId, text: rest });
    return true;
  }

  #play(line: FixedLineName, sound: readonly Base64Audio[], expect: (segment: Segment) => void): Segment {
    const segment = this.#newSegment(this.#parts.texts[line]);
    this.#parts.emit({ type: 'line-spoken', line, text: segment.text });
    expect(segment);
    this.#sound(segment, sound);
    return segment;
  }

  #sound({ id }: Segment, sound: readonly Base64Audio[]): void {
    for (const audio of sound) this.#parts.playout.add(id, audio);
    this.#parts.playout.finish(id);
  }

  #ask(text: string, turnId: number | null, toKeep: Base64Audio[] | null): Segment {
    const segment = this.#newSegment(text);
    this.#live.set(segment.id, { text, toKeep, rests: 0 });
    this.#parts.playout.expect(segment);
    this.#parts.emit({ type: 'segment-asked', turnId, text });
    this.#parts.speech.say(segment);
    return segment;
  }

  #newSegment(text: string): Segment {
    return { id: `s${++this.#count}`, text };
  }
}
