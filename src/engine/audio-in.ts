// The audio in a request: which formats the engine accepts, and how long it may be.
import { type Checked, refused } from '../http/checking.ts';
import { durationMsOf, readWave, TELEPHONE_HZ, type Wave } from '../call/wav.ts';

/** Raw µ-law at 8000 Hz (RFC 2046). */
const BASIC = 'audio/basic';

export const AUDIO_TYPES = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave', BASIC];

export const TAKEN =
  'The engine accepts audio/wav (16 bit PCM or µ-law, mono or stereo, 8 to 48 kHz) and audio/basic (raw µ-law, 8 kHz, mono).';

const LONGEST_S = 120;

export function soundIn(type: string, body: Buffer): Checked<Wave> {
  const wave: Wave | string =
    type === BASIC ? { format: 'mulaw', channels: 1, rateHz: TELEPHONE_HZ, data: body } : readWave(body);
  if (typeof wave === 'string') return refused('unsupported_audio', `${wave} ${TAKEN}`);
  if (wave.data.length === 0) return refused('empty_audio', 'The body holds no audio.');
  if (durationMsOf(wave) > LONGEST_S * 1000)
    return refused('too_long', `The audio may last at most ${LONGEST_S} s.`);
  return { is: 'right', value: wave };
}
