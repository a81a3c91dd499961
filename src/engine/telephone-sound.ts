// Converts any recording to telephone audio: µ-law, 8000 Hz, mono. It works lazily, 200 ms at a time: a minute of 48 kHz in
// one go would hold up the audio of every live call.
import alawmulaw from 'alawmulaw';
import { TELEPHONE_HZ, type Wave } from '../call/wav.ts';

const { mulaw } = alawmulaw;

/** 200 ms: a few milliseconds of work. */
export const PIECE_BYTES = 1_600;

/** −6 dB here and nothing left at 4000 Hz: anything above would alias. */
const CUTOFF_HZ = 3_600;
/** The filter's reach to each side, in samples of 8000 Hz. Wider is steeper and slower. */
const REACH = 16;
/** Precomputed filter positions between two samples of the recording; the nearest one is used. */
const PLACES = 256;

const fromMulaw = mulaw.decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));

/** In pieces of `PIECE_BYTES`, the last one shorter. */
export function* telephoneSound(wave: Wave): Generator<Buffer, void> {
  const { format, channels, rateHz, data } = wave;
  if (format === 'mulaw' && channels === 1 && rateHz === TELEPHONE_HZ) {
    for (let at = 0; at < data.length; at += PIECE_BYTES) yield data.subarray(at, at + PIECE_BYTES);
    return;
  }
  const frames = data.length / channels / (format === 'pcm16' ? 2 : 1);
  const length = Math.floor((frames * TELEPHONE_HZ) / rateHz);
  const lowPass = rateHz === TELEPHONE_HZ ? null : new LowPass(rateHz);
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const count = Math.min(PIECE_BYTES, length - at);
    const samples = lowPass === null ? mono(wave, at, at + count) : resampled(wave, lowPass, at, count);
    yield Buffer.from(mulaw.encode(Int16Array.from(samples, clamped)));
  }
}

/** The frames from `from` up to `to`, channels mixed; silence outside the recording. */
function mono({ format, channels, data }: Wave, from: number, to: number): Float64Array {
  const sampleBytes = format === 'pcm16' ? 2 : 1;
  const samples = new Float64Array(to - from);
  const last = Math.min(to, data.length / channels / sampleBytes);
  for (let frame = Math.max(0, from); frame < last; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const at = (frame * channels + channel) * sampleBytes;
      sum += format === 'pcm16' ? data.readInt16LE(at) : (fromMulaw[data[at] ?? 0] ?? 0);
    }
    samples[frame - from] = sum / channels;
  }
  return samples;
}

class LowPass {
  /** In samples of the recording, to each side. */
  readonly reach: number;
  readonly #rateHz: number;
  readonly #weights: Float64Array[] = [];

  constructor(rateHz: number) {
    this.reach = Math.ceil((REACH * rateHz) / TELEPHONE_HZ);
    this.#rateHz = rateHz;
  }

  /** The weights of the samples around a position. Most rates use only a few positions. */
  weightsAt(place: number): Float64Array {
    return (this.#weights[place] ??= this.#compute(place / PLACES));
  }

  #compute(behind: number): Float64Array {
    const weights = Float64Array.from({ length: 2 * this.reach }, (_, index) => {
      const distance = index - this.reach + 1 - behind;
      const turn = (2 * Math.PI * CUTOFF_HZ * distance) / this.#rateHz;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / this.reach);
      return (turn === 0 ? 1 : Math.sin(turn) / turn) * window;
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }
}

function resampled(wave: Wave, lowPass: LowPass, at: number, count: number): Float64Array {
  const { reach } = lowPass;
  const step = wave.rateHz / TELEPHONE_HZ;
  const from = Math.floor(at * step) - reach + 1;
  const source = mono(wave, from, Math.floor((at + count - 1) * step) + reach + 1);
  const samples = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const place = (at + index) * step;
    const before = Math.floor(place);
    const weights = lowPass.weightsAt(Math.round((place - before) * PLACES));
    const first = before - reach + 1 - from;
    let sum = 0;
    for (let tap = 0; tap < 2 * reach; tap++) sum += (weights[tap] ?? 0) * (source[first + tap] ?? 0);
    samples[index] = sum;
  }
  return samples;
}

function clamped(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
