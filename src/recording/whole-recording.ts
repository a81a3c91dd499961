// All parts of a call as one WAV that can be read from any byte: a header, and the sound of each part behind that of the one
// before.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BYTES_PER_MS } from '../call/mulaw.ts';
import type { RecordedPart } from '../call/stored-recording.ts';
import { MULAW_HEADER_BYTES, waveHeader } from '../call/wav.ts';
import { PART_HEAD_BYTES, readPartHead } from './part-head.ts';
import type { Part } from './shelf.ts';
import { BYTES_PER_PAIR } from './two-sides.ts';

const BYTES_PER_MS_OF_BOTH = BYTES_PER_MS * BYTES_PER_PAIR;

interface Piece {
  /** In the whole WAV. */
  readonly at: number;
  readonly bytes: number;
  readonly read: (from: number, to: number) => Promise<Readable>;
}

export interface WholeRecording {
  readonly bytes: number;
  readonly lengthMs: number;
  readonly parts: readonly RecordedPart[];
  read(from: number, to: number): Readable;
}

/** null if the parts hold no sound. Rejects as the shelf does. */
export async function wholeRecording(parts: readonly Part[]): Promise<WholeRecording | null> {
  const sounds = (await Promise.all(parts.map(soundOf))).filter(({ bytes }) => bytes > 0);
  // A part that a killed process left comes to the shelf late.
  if (sounds.every(({ beganAt }) => beganAt !== null))
    sounds.sort((one, other) => (one.beganAt ?? 0) - (other.beganAt ?? 0));
  const dataBytes = sounds.reduce((sum, { bytes }) => sum + bytes, 0);
  if (dataBytes === 0) return null;
  const header = waveHeader('mulaw', 2, dataBytes);
  const pieces: Piece[] = [
    {
      at: 0,
      bytes: header.length,
      read: async (from, to) => Readable.from([header.subarray(from, to + 1)], { objectMode: false }),
    },
  ];
  const laid: RecordedPart[] = [];
  let at = MULAW_HEADER_BYTES;
  for (const { beganAt, bytes, read } of sounds) {
    pieces.push({ at, bytes, read });
    laid.push({ beganAt, offsetMs: msOf(at - MULAW_HEADER_BYTES), lengthMs: msOf(bytes) });
    at += bytes;
  }
  return {
    bytes: at,
    lengthMs: msOf(dataBytes),
    parts: laid,
    read: (from, to) => Readable.from(joined(pieces, from, to), { objectMode: false }),
  };
}

async function soundOf({ bytes, read }: Part) {
  const head = readPartHead(await buffer(await read(0, Math.min(PART_HEAD_BYTES, bytes) - 1)));
  const sound = bytes - head.bytes;
  return {
    beganAt: head.beganAt,
    bytes: sound - (sound % BYTES_PER_PAIR),
    read: (from: number, to: number) => read(head.bytes + from, head.bytes + to),
  };
}

async function* joined(pieces: readonly Piece[], from: number, to: number): AsyncIterable<Buffer> {
  for (const { at, bytes, read } of pieces) {
    const first = Math.max(from, at) - at;
    const last = Math.min(to, at + bytes - 1) - at;
    if (first > last) continue;
    for await (const chunk of await read(first, last)) if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

function msOf(bytes: number): number {
  return bytes / BYTES_PER_MS_OF_BOTH;
}
