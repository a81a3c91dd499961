// The tone after which an answering machine records: no text to the sandbox's ears, and noise to those that listen for it.
import alawmulaw from 'alawmulaw';
import { SAMPLES_PER_MS } from '../tones.ts';

const BEEP_MS = 400;
const BEEP_HZ = 1000;
const AMPLITUDE = 9000;

export function beep(): Buffer {
  const samples = Int16Array.from(
    { length: BEEP_MS * SAMPLES_PER_MS },
    (_, i) => AMPLITUDE * Math.sin((2 * Math.PI * BEEP_HZ * i) / (1000 * SAMPLES_PER_MS)),
  );
  return Buffer.from(alawmulaw.mulaw.encode(samples));
}
