// The header of one part: an ordinary WAV header that also says when its sound began, in the place that RIFF has for a date. So
// the recording of a call that several processes had can be laid beside its events. Older files have no date.
import { MULAW_HEADER_BYTES, waveHeader } from '../call/wav.ts';

export interface PartHead {
  readonly bytes: number;
  readonly beganAt: number | null;
}

const DATE_BYTES = '2026-11-21T09:00:00.000Z'.length;
/** RIFF ends a text with a zero byte, and fills up to an even size. */
const TEXT_BYTES = DATE_BYTES + 2;
const LIST_BYTES = 8 + 4 + 8 + TEXT_BYTES;
/** The chunk `data` has its name and its size last. */
const LIST_AT = MULAW_HEADER_BYTES - 8;
const DATE_AT = LIST_AT + 20;

export const PART_HEAD_BYTES = MULAW_HEADER_BYTES + LIST_BYTES;

export function partHead(beganAt: number, dataBytes: number): Buffer {
  const plain = waveHeader('mulaw', 2, dataBytes);
  const list = Buffer.alloc(LIST_BYTES);
  list.write('LIST', 0, 'latin1');
  list.writeUInt32LE(LIST_BYTES - 8, 4);
  list.write('INFOICRD', 8, 'latin1');
  list.writeUInt32LE(TEXT_BYTES, 16);
  list.write(new Date(Math.round(beganAt)).toISOString(), 20, 'latin1');
  plain.writeUInt32LE(plain.readUInt32LE(4) + LIST_BYTES, 4);
  return Buffer.concat([plain.subarray(0, LIST_AT), list, plain.subarray(LIST_AT)]);
}

/** Of the first `PART_HEAD_BYTES` of a part, or of all that it has. */
export function readPartHead(start: Buffer): PartHead {
  if (start.toString('latin1', LIST_AT, LIST_AT + 4) !== 'LIST')
    return { bytes: MULAW_HEADER_BYTES, beganAt: null };
  const beganAt = Date.parse(start.toString('latin1', DATE_AT, DATE_AT + DATE_BYTES));
  return { bytes: PART_HEAD_BYTES, beganAt: Number.isNaN(beganAt) ? null : beganAt };
}
