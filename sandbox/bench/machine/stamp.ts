// Frames that carry their own measurement: when they were sent and their place in the order, in the first 15 bytes, so that
// its receiver knows its delay without keeping the others. Four bits a byte, among µ-law's quietest values: a
// stamped frame of silence is still silence to anybody who measures loudness.
import { Buffer } from 'node:buffer';
import { silence, soundOf } from '../../tones.ts';

const STAMP_BYTES = 15;
/** As base64: a multiple of three bytes, so that the rest of the frame is encoded by itself. */
export const STAMP_CHARS = 20;
/** µ-law from here to 0xff is an amplitude below 130 of 32 768. */
const QUIETEST = 0xf0;
const TICKS_PER_MS = 100;
/** Of an instant and an order; what does not fit begins again. */
const INSTANT_NIBBLES = 8;
const ORDER_NIBBLES = 6;
const ORDERS = 16 ** ORDER_NIBBLES;
/** The instant of audio whose delay says nothing. */
const UNTIMED = 0;

export interface Stamp {
  /** null: it had to wait for others, and rightly. */
  readonly sentAt: number | null;
  readonly order: number;
}

const scratch = Buffer.alloc(STAMP_BYTES);

/** As base64; `sentAt` on the clock of `performance.now()`. */
export function stampOf({ sentAt, order }: Stamp): string {
  writeNibbles(0, INSTANT_NIBBLES, sentAt === null ? UNTIMED : Math.round(sentAt * TICKS_PER_MS));
  writeNibbles(INSTANT_NIBBLES, ORDER_NIBBLES, order % ORDERS);
  scratch[STAMP_BYTES - 1] = QUIETEST;
  return scratch.toString('base64');
}

/** Of the base64 text that begins there; null for audio that nobody stamped. */
export function stampAt(message: Buffer, at: number): Stamp | null {
  scratch.write(message.toString('latin1', at, at + STAMP_CHARS), 'base64');
  if (scratch[STAMP_BYTES - 1] !== QUIETEST) return null;
  const ticks = readNibbles(0, INSTANT_NIBBLES);
  return {
    sentAt: ticks === UNTIMED ? null : ticks / TICKS_PER_MS,
    order: readNibbles(INSTANT_NIBBLES, ORDER_NIBBLES),
  };
}

function writeNibbles(at: number, count: number, value: number): void {
  let rest = value;
  for (let i = at + count - 1; i >= at; i--) {
    scratch[i] = QUIETEST + (rest % 16);
    rest = Math.floor(rest / 16);
  }
}

function readNibbles(at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 16 + ((scratch[i] ?? 0) - QUIETEST);
  return value;
}

/** What follows the stamp in a piece of audio of so many bytes. */
export function quietTail(bytes: number): string {
  return silence(bytes / 8)
    .subarray(STAMP_BYTES)
    .toString('base64');
}

export function loudTail(bytes: number): string {
  const word = soundOf('stamped words, as loud as any');
  return word.subarray(STAMP_BYTES, bytes).toString('base64');
}
