// Reads what the relay sends on a media stream. Twilio documents three messages and lets anything else fall silently
// (31950, 31951); here each of those is an error.
import type { RawData } from 'ws';
import { TwilioViolation } from './violation.ts';

export type RelayMessage =
  | { readonly event: 'media'; readonly audio: Buffer }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

/** Odd sizes are played, but heard as a stutter at the start of words; our rule is whole frames. */
const FRAME_BYTES = 160;

export function readMessage(data: RawData, isBinary: boolean, streamSid: string): RelayMessage {
  if (isBinary || !Buffer.isBuffer(data)) throw new TwilioViolation(31950, 'a binary frame');
  const text = data.toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('not JSON', text);
  }
  const event = json instanceof Object && 'event' in json ? json.event : undefined;
  const isClear = event === 'clear';
  if (!isClear && event !== 'media' && event !== 'mark') throw invalid('unknown event', text);
  const message = exactly(json, isClear ? ['event', 'streamSid'] : ['event', 'streamSid', event], text);
  if (message.streamSid !== streamSid) throw invalid('wrong streamSid', text);
  if (isClear) return { event };
  if (event === 'mark') {
    const { name } = exactly(message.mark, ['name'], text);
    if (typeof name !== 'string' || name === '') throw invalid('a mark needs a name', text);
    return { event, name };
  }
  return { event, audio: audioOf(exactly(message.media, ['payload'], text).payload, text) };
}

function audioOf(payload: unknown, text: string): Buffer {
  const audio = Buffer.from(typeof payload === 'string' ? payload : '', 'base64');
  // Written again and compared: Buffer skips what is not base64 without a word.
  if (audio.length === 0 || audio.toString('base64') !== payload)
    throw invalid('payload is not base64', text);
  if (audio.subarray(0, 4).toString('latin1') === 'RIFF') throw invalid('payload with a file header', text);
  if (audio.length % FRAME_BYTES !== 0) {
    throw new TwilioViolation('L1', `${audio.length} bytes of audio are no whole number of frames`);
  }
  return audio;
}

function exactly(value: unknown, keys: readonly string[], text: string): Readonly<Record<string, unknown>> {
  const found = Object.entries(value instanceof Object ? value : {});
  if (found.length !== keys.length || !found.every(([key]) => keys.includes(key))) {
    throw invalid(`wanted exactly ${keys.join(', ')}`, text);
  }
  return Object.fromEntries(found);
}

function invalid(what: string, text: string): TwilioViolation {
  return new TwilioViolation(31951, `${what}: ${text.slice(0, 120)}`);
}
