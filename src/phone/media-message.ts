// Reads audio out of Twilio's media message where that has its usual form, byte by byte. JSON.parse would intern each new
// timestamp and chunk number as a key, fifty times a second for every call. Any other form is null: then it is parsed.
import type { LineEvent } from '../call/ports.ts';

/** A second and a half; Twilio sends 20 ms. */
export const MAX_PAYLOAD_CHARS = 16 * 1024;
/** 31 years in milliseconds, and exact in arithmetic. */
const MOST_DIGITS = 12;

const [ZERO, NINE, PADDING] = Buffer.from('09=');
const ALPHABET = new Uint8Array(256);
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'))
  ALPHABET[character] = 1;

const HEAD = Buffer.from('{"event":"media","sequenceNumber":"');
const TIMESTAMP = Buffer.from('","timestamp":"');
const PAYLOAD = Buffer.from('","payload":"');

type AudioEvent = Extract<LineEvent, { type: 'audio' }>;

/** Of one stream. Its ID comes before the audio or behind it: both have been seen. */
export class MediaReader {
  readonly #forms: readonly { readonly middle: Buffer; readonly tail: Buffer }[];

  constructor(streamId: string) {
    const id = `"streamSid":${JSON.stringify(streamId)}`;
    const media = '"media":{"track":"inbound","chunk":"';
    this.#forms = [
      { middle: Buffer.from(`",${id},${media}`), tail: Buffer.from('"}}') },
      { middle: Buffer.from(`",${media}`), tail: Buffer.from(`"},${id}}`) },
    ];
  }

  read(message: Buffer): AudioEvent | null {
    const numbered = afterDigits(message, after(message, 0, HEAD));
    for (const { middle, tail } of this.#forms) {
      const chunk = after(message, numbered, middle);
      if (chunk === -1) continue;
      const from = after(message, afterDigits(message, chunk), TIMESTAMP);
      const to = afterDigits(message, from);
      const audioAt = after(message, to, PAYLOAD);
      const audioEnd = message.length - tail.length;
      if (after(message, audioEnd, tail) === -1 || !isBase64(message, audioAt, audioEnd)) return null;
      return {
        type: 'audio',
        audio: message.toString('latin1', audioAt, audioEnd),
        timestampMs: numberOf(message, from, to),
      };
    }
    return null;
  }
}

/** Where the message goes on after this text; -1 if it is not there, or there was no place to begin with. */
function after(message: Buffer, at: number, text: Buffer): number {
  if (at === -1) return -1;
  for (let i = 0; i < text.length; i++) if (message[at + i] !== text[i]) return -1;
  return at + text.length;
}

function afterDigits(message: Buffer, at: number): number {
  if (at === -1) return -1;
  let end = at;
  while (isDigit(message[end])) end++;
  return end > at && end - at <= MOST_DIGITS ? end : -1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= (ZERO ?? 0) && byte <= (NINE ?? 0);
}

function numberOf(message: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (message[i] ?? 0) - (ZERO ?? 0);
  return value;
}

function isBase64(message: Buffer, from: number, to: number): boolean {
  const characters = to - from;
  if (from === -1 || characters <= 0 || characters > MAX_PAYLOAD_CHARS || characters % 4 !== 0) return false;
  let end = to;
  while (message[end - 1] === PADDING && to - end < 2) end--;
  for (let i = from; i < end; i++) if (ALPHABET[message[i] ?? 0] === 0) return false;
  return true;
}
