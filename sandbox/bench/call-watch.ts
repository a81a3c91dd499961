// What is measured of one call, at its two far ends only, so that every design is measured alike. A frame is known by
// its place and its bytes: one that arrives is the first that is on its way with the same sound, and those that it
// overtook are lost. Audio that nobody sent (a greeting out of memory, silence that was put in) counts for nothing.
import { Buffer } from 'node:buffer';
import type { Base64Audio } from '../../src/call/ports.ts';
import { SAMPLES_PER_MS, silence } from '../tones.ts';
import { FIRST_SENTENCE } from './script.ts';

/** All calls of a design write here, while `isOpen`. */
export interface Measurements {
  isOpen: boolean;
  readonly upMs: number[];
  readonly downMs: number[];
  readonly closeToRequestMs: number[];
  readonly sentenceToCreateMs: number[];
  readonly closeToAudioMs: number[];
  readonly lastWordToAudioMs: number[];
  /** In all of the run: how often an agent was asked, and how often a reply was heard. */
  asks: number;
  replies: number;
}

type Times = {
  [Name in keyof Measurements]: Measurements[Name] extends readonly number[] ? Name : never;
}[keyof Measurements];

export function newMeasurements(): Measurements {
  return {
    isOpen: false,
    upMs: [],
    downMs: [],
    closeToRequestMs: [],
    sentenceToCreateMs: [],
    closeToAudioMs: [],
    lastWordToAudioMs: [],
    asks: 0,
    replies: 0,
  };
}

interface Frame {
  readonly audio: Base64Audio;
  readonly sentAt: number;
}

/** A segment that the voice reads. */
interface Reading {
  readonly responseId: string;
  /** Of a reply's other segments the audio waits its turn, and rightly: its delay tells nothing. */
  readonly isFirst: boolean;
  readonly onTheWay: Frame[];
  isDone: boolean;
}

/** From the end of what the caller said. */
interface Turn {
  readonly lastWordAt: number;
  readonly closedAt: number;
  hasRequested: boolean;
  written: number;
  sentenceAt: number | null;
  hasAsked: boolean;
  hasReading: boolean;
  hasSounded: boolean;
}

const SILENT_FRAME = silence(20).toString('base64');

export class CallWatch {
  readonly line: number;
  /** When all that the caller was sent so far will have sounded. */
  soundsUntil = 0;
  /** Frames that were sent, either way, and those that did not arrive. */
  frames = 0;
  #lost = 0;
  readonly #measured: Measurements;
  readonly #up: Frame[] = [];
  readonly #readings: Reading[] = [];
  #lastWordAt = 0;
  #turn: Turn | null = null;
  #onReply = (): void => {};

  constructor(line: number, measured: Measurements) {
    this.line = line;
    this.#measured = measured;
  }

  /** Final once nothing is under way any more. */
  get lost(): number {
    return this.#readings.reduce((sum, { onTheWay }) => sum + onTheWay.length, this.#lost + this.#up.length);
  }

  /** The caller begins to speak. Replies until now were heard out: what has not arrived of them is lost. */
  callerBegins(): void {
    for (const { onTheWay } of this.#readings.splice(0)) this.#lost += onTheWay.length;
  }

  /** Resolves when the next reply is first heard. */
  nextReply(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReply = resolve;
    });
  }

  // ---- frames ----

  callerSent(audio: Base64Audio, at: number): void {
    this.frames += 1;
    this.#up.push({ audio, sentAt: at });
    if (audio !== SILENT_FRAME) this.#lastWordAt = at;
  }

  appended(audio: Base64Audio, at: number): void {
    const frame = this.#takeFrom(this.#up, audio);
    if (frame !== null) this.#note('upMs', at - frame.sentAt);
  }

  readingBegan(responseId: string): void {
    const isFirst = this.#turn?.hasReading === false;
    if (this.#turn !== null) this.#turn.hasReading = true;
    this.#readings.push({ responseId, isFirst, onTheWay: [], isDone: false });
  }

  voiceSent(responseId: string, audio: Base64Audio, at: number): void {
    this.frames += 1;
    this.#readings.find((one) => one.responseId === responseId)?.onTheWay.push({ audio, sentAt: at });
  }

  readingEnded(responseId: string): void {
    const reading = this.#readings.find((one) => one.responseId === responseId);
    if (reading !== undefined) reading.isDone = true;
  }

  callerReceived(audio: Base64Audio, at: number): void {
    this.soundsUntil = Math.max(this.soundsUntil, at) + Buffer.byteLength(audio, 'base64') / SAMPLES_PER_MS;
    this.#noteFirstAudio(at);
    // In the order in which they were asked for, one after the other.
    while (this.#readings[0]?.isDone === true && this.#readings[0].onTheWay.length === 0) {
      this.#readings.shift();
    }
    const reading = this.#readings[0];
    const frame = reading && this.#takeFrom(reading.onTheWay, audio);
    if (frame && reading.isFirst) this.#note('downMs', at - frame.sentAt);
  }

  // ---- turns ----

  vadClosed(at: number): void {
    // The caller went on after a breath: what was read until then is not to arrive.
    for (const { onTheWay } of this.#readings.splice(0)) this.frames -= onTheWay.length;
    this.#turn = {
      lastWordAt: this.#lastWordAt,
      closedAt: at,
      hasRequested: false,
      written: 0,
      sentenceAt: null,
      hasAsked: false,
      hasReading: false,
      hasSounded: false,
    };
  }

  agentRequested(at: number): void {
    this.#measured.asks += 1;
    if (this.#turn === null || this.#turn.hasRequested) return;
    this.#turn.hasRequested = true;
    this.#note('closeToRequestMs', at - this.#turn.closedAt);
  }

  agentWrote(delta: string, at: number): void {
    if (this.#turn === null) return;
    this.#turn.written += delta.length;
    if (this.#turn.written >= FIRST_SENTENCE.length) this.#turn.sentenceAt ??= at;
  }

  responseAsked(at: number): void {
    if (this.#turn === null || this.#turn.hasAsked) return;
    this.#turn.hasAsked = true;
    if (this.#turn.sentenceAt !== null) this.#note('sentenceToCreateMs', at - this.#turn.sentenceAt);
  }

  #noteFirstAudio(at: number): void {
    if (this.#turn === null || this.#turn.hasSounded) return;
    this.#turn.hasSounded = true;
    this.#measured.replies += 1;
    this.#note('closeToAudioMs', at - this.#turn.closedAt);
    this.#note('lastWordToAudioMs', at - this.#turn.lastWordAt);
    this.#onReply();
  }

  #takeFrom(onTheWay: Frame[], audio: Base64Audio): Frame | null {
    const place = onTheWay.findIndex((frame) => isSameSound(frame.audio, audio));
    if (place === -1) return null;
    this.#lost += place;
    return onTheWay.splice(0, place + 1).at(-1) ?? null;
  }

  #note(name: Times, ms: number): void {
    if (this.#measured.isOpen) this.#measured[name].push(ms);
  }
}

/** Compares byte for byte, except that µ-law can write zero in two ways and a transcoder keeps only one. */
function isSameSound(a: Base64Audio, b: Base64Audio): boolean {
  return a === b || (a.length === b.length && withOneZero(a).equals(withOneZero(b)));
}

function withOneZero(audio: Base64Audio): Buffer {
  const bytes = Buffer.from(audio, 'base64');
  for (let i = bytes.indexOf(0x7f); i !== -1; i = bytes.indexOf(0x7f, i)) bytes[i] = 0xff;
  return bytes;
}
