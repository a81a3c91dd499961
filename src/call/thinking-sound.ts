// What a caller hears between the filler and a late answer: a soft hum that swells and fades, so that the line does not
// seem dead. Made here, so that it needs neither a model nor a file.
import alawmulaw from 'alawmulaw';
import { BYTES_PER_MS, FRAME_BYTES } from './mulaw.ts';
import type { Base64Audio } from './ports.ts';

const LENGTH_MS = 1_200;
const NOTE_HZ = 440;
/** 26 dB below the loudest; speech is at about -20. */
const AMPLITUDE = 1_600;

function samples(): Int16Array {
  const length = LENGTH_MS * BYTES_PER_MS;
  return Int16Array.from({ length }, (_, at) => {
    // Half a sine: neither end clicks.
    const loudness = AMPLITUDE * Math.sin((Math.PI * at) / length);
    return loudness * Math.sin((2 * Math.PI * NOTE_HZ * at) / (BYTES_PER_MS * 1000));
  });
}

const sound = Buffer.from(alawmulaw.mulaw.encode(samples()));

/** In pieces of 200 ms, so that the agent's first word need not wait for all of it to be heard. */
export const THINKING_SOUND: readonly Base64Audio[] = Array.from(
  { length: sound.length / (10 * FRAME_BYTES) },
  (_, n) => sound.toString('base64', n * 10 * FRAME_BYTES, (n + 1) * 10 * FRAME_BYTES),
);
