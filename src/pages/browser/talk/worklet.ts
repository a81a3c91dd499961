// The sound of a talk, both ways, in the thread of the sound card: the microphone becomes frames of µ-law, and frames of µ-law
// become what is heard. It runs 128 samples at a time and must never wait for the page.
import { coughBytes, FRAME, mulawByte, RATE, samplesOf, SILENT_BYTE } from './mulaw.ts';
import { PlayQueue } from './play-queue.ts';
import { Resampler } from './resampler.ts';

// Of the worklet's own scope, which lib.dom does not know.
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

export type ToWorklet =
  | { readonly type: 'play'; readonly audio: ArrayBuffer }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'mute'; readonly isMuted: boolean }
  | { readonly type: 'cough'; readonly ms: number }
  /** Send the microphone, or nothing at all. */
  | { readonly type: 'listen'; readonly isOn: boolean };

export type FromWorklet =
  | { readonly type: 'frame'; readonly audio: ArrayBuffer }
  /** Reached in the sound that is being made; the sound card is a little behind. */
  | { readonly type: 'reached'; readonly names: readonly string[] }
  | { readonly type: 'cleared'; readonly names: readonly string[] }
  /** Loudest sample of the last moment, 0 to 1. */
  | {
      readonly type: 'levels';
      readonly microphone: number;
      readonly speaker: number;
      readonly queuedMs: number;
    };

/** A wide one, so that all that a telephone carries gets through; it costs 16 ms. */
const MICROPHONE_TAPS = 128;
const SPEAKER_TAPS = 32;
const HEAD_START_MS = 50;
const LEVELS_EVERY_MS = 60;

class TalkSound extends AudioWorkletProcessor {
  readonly #fromMicrophone = new Resampler(sampleRate, RATE, MICROPHONE_TAPS);
  readonly #toSpeaker = new Resampler(RATE, sampleRate, SPEAKER_TAPS);
  readonly #queue = new PlayQueue(msToSamples(HEAD_START_MS), msToSamples(HEAD_START_MS));
  #frame = new Uint8Array(FRAME);
  #filled = 0;
  #isMuted = false;
  #isListening = false;
  /** What is sent in place of the microphone. */
  #cough: number[] = [];
  #microphone = 0;
  #speaker = 0;
  #sinceLevels = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#obey(data);
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const out = output?.[0];
    const length = out?.length ?? 128;
    if (out !== undefined) this.#play(out, output?.slice(1) ?? []);
    if (this.#isListening) this.#hear(input?.[0] ?? new Float32Array(length));
    this.#sinceLevels += length;
    if (this.#sinceLevels >= msToSamples(LEVELS_EVERY_MS)) this.#tellLevels();
    return true;
  }

  #obey(message: ToWorklet): void {
    switch (message.type) {
      case 'play':
        return this.#queue.add(this.#toSpeaker.push(samplesOf(new Uint8Array(message.audio))));
      case 'mark':
        return this.#queue.mark(message.name);
      case 'clear':
        return this.#tell({ type: 'cleared', names: this.#queue.clear() });
      case 'mute':
        this.#isMuted = message.isMuted;
        return;
      case 'cough':
        this.#cough.push(...coughBytes(message.ms));
        return;
      case 'listen':
        this.#isListening = message.isOn;
        this.#filled = 0;
        return;
    }
  }

  #play(out: Float32Array, others: readonly Float32Array[]): void {
    const names = this.#queue.take(out);
    for (const other of others) other.set(out);
    if (names.length > 0) this.#tell({ type: 'reached', names });
    this.#speaker = Math.max(this.#speaker, loudestOf(out));
  }

  #hear(samples: Float32Array): void {
    this.#microphone = Math.max(this.#microphone, loudestOf(samples));
    for (const sample of this.#fromMicrophone.push(samples)) {
      // Silence and not nothing: the pauses of a caller are heard on their audio.
      const heard = this.#isMuted ? SILENT_BYTE : mulawByte(sample);
      this.#frame[this.#filled++] = this.#cough.shift() ?? heard;
      if (this.#filled < FRAME) continue;
      const audio = this.#frame.buffer;
      this.port.postMessage({ type: 'frame', audio } satisfies FromWorklet, [audio]);
      this.#frame = new Uint8Array(FRAME);
      this.#filled = 0;
    }
  }

  #tellLevels(): void {
    const queuedMs = (this.#queue.length / sampleRate) * 1_000;
    this.#tell({ type: 'levels', microphone: this.#microphone, speaker: this.#speaker, queuedMs });
    this.#sinceLevels = 0;
    this.#microphone = 0;
    this.#speaker = 0;
  }

  #tell(message: FromWorklet): void {
    this.port.postMessage(message);
  }
}

function loudestOf(samples: Float32Array): number {
  let loudest = 0;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  return loudest;
}

function msToSamples(ms: number): number {
  return Math.round((ms / 1_000) * sampleRate);
}

registerProcessor('talk-sound', TalkSound);
