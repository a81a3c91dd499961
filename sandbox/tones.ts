// Text as sound: every UTF-8 byte is 20 ms of two tones in µ-law, so that what somebody heard is read back from the
// bytes that reached them. A lost, doubled or crossed frame is wrong text. This is how both far ends speak and hear;
// no text travels beside it.
import alawmulaw from 'alawmulaw';

const { mulaw } = alawmulaw;

export const SAMPLES_PER_MS = 8;
/** One byte of text: 17.5 ms of tone, then 2.5 ms of quiet by which the listener finds the edges. */
export const SYMBOL_BYTES = 160;
const TONE_SAMPLES = 140;
/** What µ-law calls silence. */
export const SILENCE = 0xff;

/** Heard where a symbol began or ended in the middle: somebody was cut off. */
export const CUT_OFF = '~';
/** Heard where there was sound but no text: a cough, noise, two voices over each other. */
export const NOISE = '#';

const SAMPLE_RATE = 8000;
const HIGH_NIBBLE_HZ = Array.from({ length: 16 }, (_, n) => 300 + 90 * n);
const LOW_NIBBLE_HZ = Array.from({ length: 16 }, (_, n) => 1800 + 100 * n);
const AMPLITUDE = 7000;
/** Below this a sample counts as quiet. */
const QUIET = 400;
const QUIET_SAMPLES_BETWEEN = 10;

const linear = mulaw.decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));

const symbols = Array.from({ length: 256 }, (_, byte) => {
  const high = HIGH_NIBBLE_HZ[byte >> 4] ?? 0;
  const low = LOW_NIBBLE_HZ[byte & 15] ?? 0;
  const samples = new Int16Array(SYMBOL_BYTES);
  for (let i = 0; i < TONE_SAMPLES; i++) {
    const turn = (2 * Math.PI * i) / SAMPLE_RATE;
    samples[i] = AMPLITUDE * (Math.cos(turn * high) + Math.cos(turn * low));
  }
  return mulaw.encode(samples);
});

/** The sound of a text: 20 ms for each of its UTF-8 bytes. */
export function soundOf(text: string): Buffer {
  return Buffer.concat([...Buffer.from(text)].map((byte) => symbols[byte] ?? symbols[0] ?? Buffer.alloc(0)));
}

/** Of a symbol at each end, in `smoothSoundOf`. */
const EDGE_MS = 1.5;

/**
 * The same tones for a microphone: −1 to 1, at its own rate, and each symbol swells and fades. Hard edges would ring in every
 * filter on the way, and fill the quiet by which the listener tells symbols apart.
 */
export function smoothSoundOf(text: string, rate: number): Float32Array {
  const symbol = (SYMBOL_BYTES * rate) / SAMPLE_RATE;
  const tone = (TONE_SAMPLES * rate) / SAMPLE_RATE;
  const edge = (EDGE_MS * rate) / 1000;
  const samples = new Float32Array(Buffer.byteLength(text) * symbol);
  for (const [at, byte] of Buffer.from(text).entries()) {
    const high = HIGH_NIBBLE_HZ[byte >> 4] ?? 0;
    const low = LOW_NIBBLE_HZ[byte & 15] ?? 0;
    for (let i = 0; i < tone; i++) {
      const turn = (2 * Math.PI * i) / rate;
      const swell = Math.min(1, i / edge, (tone - i) / edge);
      samples[at * symbol + i] =
        (AMPLITUDE / 32_768) * swell * (Math.cos(turn * high) + Math.cos(turn * low));
    }
  }
  return samples;
}

export function silence(ms: number): Buffer {
  return Buffer.alloc(ms * SAMPLES_PER_MS, SILENCE);
}

/** Sound without text, as loud as speech: a cough. The same `seed` gives the same cough. */
export function coughOf(ms: number, seed = 1): Buffer {
  let state = seed;
  const samples = Int16Array.from({ length: ms * SAMPLES_PER_MS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state / 0x7fff_ffff - 0.5) * 2 * AMPLITUDE;
  });
  return Buffer.from(mulaw.encode(samples));
}

/** Mean loudness of µ-law bytes, 0 to 1. */
export function loudness(audio: Uint8Array): number {
  let sum = 0;
  for (const byte of audio) sum += Math.abs(linear[byte] ?? 0);
  return audio.length === 0 ? 0 : sum / audio.length / 32_768;
}

function strength(samples: number[], hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let last = 0;
  let beforeLast = 0;
  for (const sample of samples) {
    const now = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = now;
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
}

function clearest(samples: number[], bank: number[]): number | null {
  const strengths = bank.map((hz) => strength(samples, hz));
  const best = strengths.indexOf(Math.max(...strengths));
  const rest = strengths.reduce((sum, one) => sum + one, 0) - (strengths[best] ?? 0);
  return (strengths[best] ?? 0) > rest ? best : null;
}

/** Reads text back out of sound, whatever the size of the pieces it comes in. */
export class ToneListener {
  #run: number[] = [];
  #quietSamples = QUIET_SAMPLES_BETWEEN;
  #heard: number[] = [];

  hear(audio: Uint8Array): void {
    for (const byte of audio) {
      const sample = linear[byte] ?? 0;
      if (Math.abs(sample) >= QUIET) {
        this.#quietSamples = 0;
        this.#run.push(sample);
      } else if (this.#run.length > 0) {
        this.#run.push(sample);
        if (++this.#quietSamples >= QUIET_SAMPLES_BETWEEN) this.#endRun();
      }
    }
  }

  /** All that was heard so far; a symbol still sounding is not in it. */
  get text(): string {
    return Buffer.from(this.#heard).toString();
  }

  /** Ends a symbol still sounding, as silence would. */
  pause(): void {
    if (this.#run.length > 0) this.#endRun();
  }

  #endRun(): void {
    const samples = this.#run.slice(0, this.#run.length - this.#quietSamples);
    this.#run = [];
    this.#quietSamples = QUIET_SAMPLES_BETWEEN;
    if (samples.length > TONE_SAMPLES + QUIET_SAMPLES_BETWEEN) this.#note(NOISE);
    else if (samples.length < TONE_SAMPLES - QUIET_SAMPLES_BETWEEN) this.#note(CUT_OFF);
    else {
      const high = clearest(samples, HIGH_NIBBLE_HZ);
      const low = clearest(samples, LOW_NIBBLE_HZ);
      if (high === null || low === null) this.#note(NOISE);
      else this.#heard.push(high * 16 + low);
    }
  }

  #note(sign: string): void {
    this.#heard.push(sign.charCodeAt(0));
  }
}
