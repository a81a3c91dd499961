// Facts of the one audio format there is: µ-law, 8000 Hz, mono, one byte a sample, carried as base64 text.
import alawmulaw from 'alawmulaw';
import type { Base64Audio } from './ports.ts';

export const BYTES_PER_MS = 8;
/** 20 ms. Twilio sends frames of this size and wants outbound audio in multiples of it. */
export const FRAME_BYTES = 160;
export const SILENT_BYTE = 0xff;

/** Length in bytes of what the text holds, without decoding it. */
export function bytesIn(audio: Base64Audio): number {
  const padding = audio.endsWith('==') ? 2 : audio.endsWith('=') ? 1 : 0;
  return (audio.length / 4) * 3 - padding;
}

export function silence(ms: number): Base64Audio {
  return Buffer.alloc(Math.round(ms) * BYTES_PER_MS, SILENT_BYTE).toString('base64');
}

const amplitude = alawmulaw.mulaw
  .decode(Uint8Array.from({ length: 256 }, (_, byte) => byte))
  .map((sample) => Math.abs(sample));

/** Mean amplitude, 0 to 32 768. */
export function loudness(audio: Base64Audio): number {
  const bytes = Buffer.from(audio, 'base64');
  let sum = 0;
  for (const byte of bytes) sum += amplitude[byte] ?? 0;
  return bytes.length === 0 ? 0 : sum / bytes.length;
}
