// The sound in a request: which kinds are taken, and how long it may be.
import { refused, type Checked } from './outcome.ts';
import { durationMsOf, readWave, TELEPHONE_HZ, type Wave } from '../call/wav.ts';

/** Raw µ-law at 8000 Hz, as RFC 2046 has it. */
const BASIC = 'audio/basic';

export const AUDIO_TYPES = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave', BASIC];

export const TAKEN =
  'Taken are audio/wav (16 bit PCM or µ-law, mono or stereo, 8 to 48 kHz) and audio/basic (raw µ-law, 8 kHz, mono).';

const LONGEST_S = 120;

/** `type` is the content type without its parameters, among those that are taken. */
export function soundIn(type: string, body: Buffer): Checked<Wave> {
  const wave: Wave | string =
    type === BASIC ? { format: 'mulaw', channels: 1, rateHz: TELEPHONE_HZ, data: body } : readWave(body);
  if (typeof wave === 'string')
    return { is: 'wrong', why: refused(415, 'unsupported_audio', `${wave} ${TAKEN}`) };
  if (wave.data.length === 0)
    return { is: 'wrong', why: refused(400, 'empty_audio', 'There is no sound in the body.') };
  if (durationMsOf(wave) > LONGEST_S * 1000)
    return { is: 'wrong', why: refused(413, 'too_long', `At most ${LONGEST_S} s of sound are taken.`) };
  return { is: 'right', value: wave };
}
