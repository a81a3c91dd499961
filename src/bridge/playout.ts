// The ledger of the agent's audio as the caller hears it: what comes in which order, what went to the line, what was
// heard. It keeps everything unheard, so that a held reply continues where it was cut (B3) and a lost line costs nothing.
// Only marks prove what was heard, and the clock between two of them. After `clear` Twilio returns every mark at once,
// heard or not (B5): recalled audio therefore loses its marks, and gets others when it is sent again.
import type { Segment } from '../call/call.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../call/mulaw.ts';
import type { Base64Audio, Clock, Line } from '../call/ports.ts';
import { SegmentSound } from './segment-sound.ts';

const LOST_MARK_AFTER_MS = 2000;
/** About how fast people speak; used until a segment of this call has come whole. */
const TYPICAL_BYTES_PER_CHARACTER = 65 * BYTES_PER_MS;

export type PlayoutEvent =
  | { readonly type: 'began'; readonly segmentId: string }
  | { readonly type: 'heard'; readonly segmentId: string }
  /** The caller heard a segment to its end, and another one begins. */
  | { readonly type: 'sentence-over' }
  /** Nothing is expected or unheard: the caller heard all of these, and the playout forgets them. */
  | { readonly type: 'drained'; readonly heard: readonly HeardSegment[] };

/** What the caller heard of one segment, to the last whole word. */
export interface HeardSegment {
  readonly segmentId: string;
  readonly text: string;
  readonly heard: string;
}

/** Whole frames of an entry's sound. */
interface Chunk {
  readonly entry: Entry;
  /** Its place in that sound. */
  from: number;
  bytes: number;
  /** The mark that follows it on the line; null while it waits here. */
  mark: string | null;
  /** When it went to the line last. */
  sentAt: number;
}

/** Receives audio, in whole frames, that the caller has heard: when it was sent, and when its end was heard. */
export type OnHeardAudio = (audio: Base64Audio, sentAt: number, endedAt: number) => void;

interface Entry {
  segment: Segment;
  readonly sound: SegmentSound;
  heardBytes: number;
  isFinished: boolean;
  hasBegun: boolean;
  /** A segment that broke off is two entries under one ID. */
  readonly isRest: boolean;
}

export class Playout {
  #line: Line | null = null;
  #isHeld = false;
  #isShut = false;
  #marks = 0;
  /** In speaking order; kept until all is heard or dropped, since they say what the caller heard. */
  #entries: Entry[] = [];
  /** In playing order: first what is on the line, then what waits here. */
  #unheard: Chunk[] = [];
  /** When the first unheard chunk on the line began to play. */
  #playingSince = 0;
  /** Totals of the segments that came whole: how fast this voice speaks. */
  readonly #whole = { bytes: 0, characters: 0 };
  /** Sent and not yet heard. */
  #bytesOnLine = 0;
  #cancelLostMarkWatch: (() => void) | null = null;
  readonly #clock: Clock;
  readonly #onEvent: (event: PlayoutEvent) => void;
  readonly #onHeardAudio: OnHeardAudio | null;

  constructor(
    clock: Clock,
    onEvent: (event: PlayoutEvent) => void,
    onHeardAudio: OnHeardAudio | null = null,
  ) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#onHeardAudio = onHeardAudio;
  }

  /** Whether the line holds audio that the caller has not heard yet. */
  get isSounding(): boolean {
    return this.#bytesOnLine > 0;
  }

  get isDrained(): boolean {
    return this.#entries.every((entry) => entry.isFinished) && this.#unheard.length === 0;
  }

  /** Audio leaves in the order of these calls, in whatever order it arrives. */
  expect(segment: Segment): void {
    this.#entries.push(newEntry(segment, false));
  }

  /** As `expect`, but ahead of segments without audio yet: the caller hears it while those are awaited. */
  expectFirst(segment: Segment): void {
    const next = this.#entries.findIndex((entry) => !entry.isFinished && entry.sound.receivedBytes === 0);
    this.#entries.splice(next === -1 ? this.#entries.length : next, 0, newEntry(segment, false));
  }

  /** Audio of an expected segment. Any other segment was cut off, and its audio is dropped. */
  add(segmentId: string, audio: Base64Audio): void {
    const entry = this.#find(segmentId);
    if (entry === undefined) return;
    entry.sound.receive(audio);
    this.#queue(entry);
    this.#flush();
  }

  /**
   * The audio of a segment ended in the middle. The caller hears what came; the rest, which is returned, is expected
   * behind it under the same ID. Returns '' and changes nothing if no audio came at all.
   */
  breakOff(segmentId: string): string {
    const entry = this.#find(segmentId);
    if (entry === undefined || entry.sound.receivedBytes === 0) return '';
    const { id, text } = entry.segment;
    // At least a word is missing: no length proves that a segment without an end is whole.
    const said = wordsWithin(text, Math.min(1 - 1 / text.length, this.#shareOf(entry)));
    const rest = text.slice(said.length).trimStart();
    const behind = newEntry({ id, text: rest }, true);
    this.#entries.splice(this.#entries.indexOf(entry) + 1, 0, behind);
    entry.segment = { id, text: said };
    this.#finish(entry, false);
    return rest;
  }

  /** No more audio of this segment will come, whether all of it has or not. */
  finish(segmentId: string, isWhole = true): void {
    const entry = this.#find(segmentId);
    if (entry === undefined) return;
    if (!isWhole)
      entry.segment = { id: segmentId, text: wordsWithin(entry.segment.text, this.#shareOf(entry)) };
    this.#finish(entry, isWhole);
  }

  /** Sends to this line what waits. It replaces the line before it. */
  attach(line: Line): void {
    this.#recall();
    this.#line = line;
    this.#flush();
  }

  /** The line is gone: unheard audio waits for the next one. */
  detach(): void {
    this.#recall();
    this.#line = null;
  }

  /** Silence at once; nothing of the reply is lost (B1). */
  hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    if (this.#recall()) this.#line?.clear();
  }

  /** The held reply continues where it was cut (B3). */
  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#flush();
  }

  /** T11: nothing more goes to the line until `open`. Apart from a hold, which sounds of the caller begin and end. */
  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
    this.#flush();
  }

  /** Forgets what is unheard or still to come, ends a hold, and returns what was heard. */
  drop(): HeardSegment[] {
    if (this.#recall()) this.#line?.clear();
    this.#isHeld = false;
    const heard = this.heard();
    this.#unheard = [];
    this.#entries = [];
    return heard;
  }

  /** What the caller has heard of the segments since the last drain or drop. */
  heard(): HeardSegment[] {
    const playing = this.#unheard[0];
    const all = new Map<string, HeardSegment>();
    for (const entry of this.#entries) {
      const { id: segmentId, text } = entry.segment;
      const bytes = entry.heardBytes + (playing?.entry === entry ? this.#heardOf(playing) : 0);
      const total = entry.isFinished
        ? entry.sound.receivedBytes
        : Math.max(entry.sound.receivedBytes, text.length * this.#bytesPerCharacter);
      const heard = wordsWithin(text, total === 0 ? 0 : bytes / total);
      const first = all.get(segmentId) ?? { text: '', heard: '' };
      all.set(segmentId, {
        segmentId,
        text: `${first.text} ${text}`.trim(),
        heard: `${first.heard} ${heard}`.trim(),
      });
    }
    return [...all.values()];
  }

  /** Twilio returned a mark. That of recalled audio proves nothing and is ignored. */
  markReached(name: string): void {
    this.#reached(name, this.#clock.now());
  }

  /** `endedAt` is when the audio before the mark was heard to its end. */
  #reached(name: string, endedAt: number): void {
    const last = this.#unheard.findIndex((chunk) => chunk.mark === name);
    if (last === -1) return;
    this.#playingSince = this.#clock.now();
    const heard = this.#unheard.splice(0, last + 1);
    let unplayed = heard.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const chunk of heard) {
      unplayed -= chunk.bytes;
      this.#bytesOnLine -= chunk.bytes;
      this.#onHeardAudio?.(
        chunk.entry.sound.audio(chunk.from, chunk.bytes),
        chunk.sentAt,
        endedAt - unplayed / BYTES_PER_MS,
      );
      this.#addHeard(chunk.entry, chunk.bytes);
    }
    const [next] = this.#unheard;
    if (next !== undefined && next.entry !== heard.at(-1)?.entry) this.#onEvent({ type: 'sentence-over' });
    this.#endIfDrained();
  }

  #finish(entry: Entry, isWhole: boolean): void {
    entry.isFinished = true;
    if (isWhole && !entry.isRest && entry.sound.receivedBytes > 0) {
      this.#whole.bytes += entry.sound.receivedBytes;
      this.#whole.characters += entry.segment.text.length;
    }
    this.#queue(entry);
    this.#flush();
    this.#endIfDrained();
  }

  get #bytesPerCharacter(): number {
    const { bytes, characters } = this.#whole;
    return characters === 0 ? TYPICAL_BYTES_PER_CHARACTER : bytes / characters;
  }

  /** The share of an unfinished segment's audio that has come, by the pace of this voice. */
  #shareOf({ sound, segment }: Entry): number {
    return segment.text === '' ? 1 : sound.receivedBytes / (segment.text.length * this.#bytesPerCharacter);
  }

  #find(segmentId: string): Entry | undefined {
    return this.#entries.find((entry) => entry.segment.id === segmentId && !entry.isFinished);
  }

  /** What there is of whole frames waits for the line. */
  #queue(entry: Entry): void {
    const { from, bytes } = entry.sound.take(entry.isFinished);
    if (bytes === 0) return;
    const chunk: Chunk = { entry, from, bytes, mark: null, sentAt: 0 };
    const next = this.#entries.indexOf(entry) + 1;
    const later =
      next === this.#entries.length
        ? -1
        : this.#unheard.findIndex((other) => this.#entries.indexOf(other.entry, next) !== -1);
    if (later === -1) this.#unheard.push(chunk);
    else this.#unheard.splice(later, 0, chunk);
  }

  #flush(): void {
    if (this.#line === null || this.#isHeld || this.#isShut) return;
    for (const chunk of this.#unheard) {
      if (chunk.mark !== null) continue;
      if (!this.#isTurnOf(chunk.entry)) break;
      chunk.sentAt = this.#clock.now();
      if (chunk === this.#unheard[0]) this.#playingSince = chunk.sentAt;
      chunk.mark = `m${++this.#marks}`;
      this.#line.play(chunk.entry.sound.audio(chunk.from, chunk.bytes));
      this.#line.mark(chunk.mark);
      this.#bytesOnLine += chunk.bytes;
      if (!chunk.entry.hasBegun) {
        chunk.entry.hasBegun = true;
        if (!chunk.entry.isRest) this.#onEvent({ type: 'began', segmentId: chunk.entry.segment.id });
      }
    }
    this.#watchForLostMark();
  }

  #isTurnOf(entry: Entry): boolean {
    for (const earlier of this.#entries) {
      if (earlier === entry) return true;
      if (!earlier.isFinished) return false;
    }
    return false;
  }

  /** Makes unheard audio on the line wait here again, cut where it was heard. Returns whether there was any. */
  #recall(): boolean {
    const playing = this.#unheard[0];
    if (playing === undefined || playing.mark === null) return false;
    const played = this.#heardOf(playing);
    const heard = played - (played % FRAME_BYTES);
    if (heard > 0) {
      const endedAt = this.#playingSince + heard / BYTES_PER_MS;
      this.#onHeardAudio?.(playing.entry.sound.audio(playing.from, heard), playing.sentAt, endedAt);
      playing.from += heard;
      playing.bytes -= heard;
      this.#addHeard(playing.entry, heard);
      if (playing.bytes === 0) this.#unheard.shift();
    }
    for (const chunk of this.#unheard) chunk.mark = null;
    this.#stopLostMarkWatch();
    return true;
  }

  #heardOf(playing: Chunk): number {
    if (playing.mark === null) return 0;
    return Math.min(playing.bytes, Math.floor((this.#clock.now() - this.#playingSince) * BYTES_PER_MS));
  }

  #addHeard(entry: Entry, bytes: number): void {
    const isFirst = entry.heardBytes === 0 && !entry.isRest;
    entry.heardBytes += bytes;
    if (entry.isFinished) entry.sound.heard(entry.heardBytes);
    if (isFirst) this.#onEvent({ type: 'heard', segmentId: entry.segment.id });
  }

  #endIfDrained(): void {
    if (this.#entries.length === 0 || !this.isDrained) return;
    this.#stopLostMarkWatch();
    const heard = this.heard();
    this.#entries = [];
    this.#onEvent({ type: 'drained', heard });
  }

  /** A mark can get lost: its audio then counts as heard once it must have been. */
  #watchForLostMark(): void {
    if (this.#cancelLostMarkWatch !== null || this.#bytesOnLine === 0) return;
    this.#cancelLostMarkWatch = this.#clock.after(this.#lostMarkDueMs(), () => {
      this.#cancelLostMarkWatch = null;
      const last = this.#unheard.findLast((chunk) => chunk.mark !== null)?.mark ?? null;
      if (last === null || this.#lostMarkDueMs() > 0) this.#watchForLostMark();
      else this.#reached(last, this.#playingSince + this.#bytesOnLine / BYTES_PER_MS);
    });
  }

  #lostMarkDueMs(): number {
    const dueAt = this.#playingSince + this.#bytesOnLine / BYTES_PER_MS + LOST_MARK_AFTER_MS;
    return Math.max(0, dueAt - this.#clock.now());
  }

  #stopLostMarkWatch(): void {
    this.#bytesOnLine = 0;
    this.#cancelLostMarkWatch?.();
    this.#cancelLostMarkWatch = null;
  }
}

function newEntry(segment: Segment, isRest: boolean): Entry {
  return {
    segment,
    sound: new SegmentSound(segment.text.length * TYPICAL_BYTES_PER_CHARACTER),
    heardBytes: 0,
    isFinished: false,
    hasBegun: false,
    isRest,
  };
}

/** The whole words of `text` within its first `share` (0 to 1). */
export function wordsWithin(text: string, share: number): string {
  if (share >= 1) return text;
  const reached = text.length * share;
  let end = 0;
  for (const word of text.matchAll(/\S+/g)) {
    if (word.index + word[0].length > reached) break;
    end = word.index + word[0].length;
  }
  return text.slice(0, end);
}
