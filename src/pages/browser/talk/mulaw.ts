// µ-law (G.711), the one form in which sound goes between page and relay: a byte a sample, 8000 Hz. Floats are −1 to 1. Pure.

export const RATE = 8_000;
/** 20 ms. */
export const FRAME = 160;
export const SILENT_BYTE = 0xff;

const BIAS = 0x84;
const CLIP = 32_635;

export function mulawByte(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.round(Math.abs(sample) * 32_768)) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

const SAMPLES = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << exponent) - BIAS;
  return ((bits & 0x80) === 0 ? magnitude : -magnitude) / 32_768;
});

export function sampleOf(byte: number): number {
  return SAMPLES[byte & 0xff] ?? 0;
}

export function samplesOf(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, sampleOf);
}

/** Loud as speech and no word: what a cough is to the relay. */
export function coughBytes(ms: number): Uint8Array {
  return Uint8Array.from({ length: ms * (RATE / 1_000) }, () => mulawByte((Math.random() - 0.5) * 0.4));
}
