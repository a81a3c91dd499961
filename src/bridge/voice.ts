// What is spoken to the caller: text becomes segments, segments become audio from the speech session or, for fixed
// lines, from memory; the playout puts it in order. Whether the voice kept to the text is checked here (T6).
import type { CallEventBody, FixedLineName, Segment } from '../call/call.ts';
import type { FixedLineSounds, FixedLineTexts } from '../call/fixed-lines.ts';
import type { Playout } from './playout.ts';
import type { Base64Audio, Speech, SpeechEvent } from '../call/ports.ts';
import { isSpokenAsWritten } from '../call/speakable.ts';

/** How often the rest of a segment is asked for, where its audio ended in the middle. */
const MAX_RESTS = 2;

interface Live {
  /** What was asked for last: the rest, where it was broken off. */
  text: string;
  /** Set for a fixed line that is not in memory yet: what came of it so far. */
  toKeep: Base64Audio[] | null;
  rests: number;
}

export interface VoiceParts {
  readonly speech: Speech;
  readonly playout: Playout;
  readonly texts: FixedLineTexts;
  readonly sounds: FixedLineSounds;
  readonly emit: (event: CallEventBody) => void;
}

export class Voice {
  readonly #parts: VoiceParts;
  readonly #live = new Map<string, Live>();
  #count = 0;

  constructor(parts: VoiceParts) {
    this.#parts = parts;
  }

  /** Speaks a segment of a reply, after all that was to be spoken before it. */
  say(text: string, turnId: number | null): Segment {
    return this.#ask(text, turnId, null);
  }

  /** Speaks one of the fixed lines; returns null where it has no text. */
  sayLine(line: FixedLineName): Segment | null {
    const text = this.#parts.texts[line];
    if (text === '') return null;
    const sound = this.#parts.sounds.get(text);
    if (sound !== undefined) return this.#play(line, sound, (segment) => this.#parts.playout.expect(segment));
    this.#parts.emit({ type: 'line-spoken', line, text });
    return this.#ask(text, null, []);
  }

  /**
   * Speaks this line before what is still to be generated: for the caller who waits for it. Nothing happens where that
   * is not possible from memory; tells whether it was.
   */
  sayLineMeanwhile(line: FixedLineName): boolean {
    const { playout, sounds, texts } = this.#parts;
    const sound = sounds.get(texts[line]);
    if (sound === undefined) return false;
    this.#play(line, sound, (segment) => playout.expectFirst(segment));
    return true;
  }

  /** Whether this line can be spoken without a speech session. */
  hasInMemory(line: FixedLineName): boolean {
    return this.#parts.sounds.get(this.#parts.texts[line]) !== undefined;
  }

  /** Stops all that is still being generated. What of it is unheard is the playout's to drop. */
  cancel(): void {
    for (const id of this.#live.keys()) this.#parts.speech.cancel(id);
    this.#live.clear();
  }

  /** Nothing more will be generated: what has come so far is all there is. */
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
    else if (live.toKeep !== null) this.#parts.sounds.keep(text, live.toKeep);
    this.#parts.playout.finish(event.segmentId, isComplete);
  }

  /**
   * R1: what has come of the segment stays, and the rest of its text is asked for. The length of the audio tells no more
   * than about where it ended, so that the word in which it did is said once more, whole.
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
    for (const audio of sound) this.#parts.playout.add(segment.id, audio);
    this.#parts.playout.finish(segment.id);
    return segment;
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
