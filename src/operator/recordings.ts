// Sends a call's recording, or the range of it that a player seeks to. The headers go with the first byte, and a later failure
// breaks the connection, so that nobody takes half a recording for a whole one.
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { codeOf } from '../call/error-code.ts';
import type { CallId } from '../call/call.ts';
import type { StoredRecording } from '../call/stored-recording.ts';

/** A reader that reads nothing for this long is cut off. */
const STALLED_MS = 60_000;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Rejects if the recording cannot be read, but not if the reader left. */
export async function sendRecording(req: Request, res: Response, callId: CallId, recording: StoredRecording) {
  const { bytes } = recording;
  // A recording changes only by another part.
  const tag = `"${bytes}"`;
  const range = rangeOf(req, bytes, tag);
  res.set({ 'Accept-Ranges': 'bytes', ETag: tag });
  if (range === null) return void res.status(416).set('Content-Range', `bytes */${bytes}`).end();
  res.set({
    'Content-Type': 'audio/wav',
    'Content-Disposition': `attachment; filename="${callId}.wav"`,
  });
  const { from, to } = range;
  res.set('Content-Length', String(to - from + 1));
  if (from > 0 || to < bytes - 1) res.status(206).set('Content-Range', `bytes ${from}-${to}/${bytes}`);
  if (req.method === 'HEAD') return void res.end();
  res.setTimeout(STALLED_MS, () => res.destroy());
  try {
    await pipeline(recording.read(from, to), res);
  } catch (error) {
    if (!hasLeft(error)) throw error;
  }
}

/** null if it lies beyond the recording. All of it for several ranges at once, and for one of an older recording. */
function rangeOf(req: Request, bytes: number, tag: string): Range | null {
  const all = { from: 0, to: bytes - 1 };
  const isOfAnother = (req.get('If-Range') ?? tag) !== tag;
  const ranges = req.range(bytes);
  if (isOfAnother || ranges === undefined || ranges === -2) return all;
  if (ranges === -1) return null;
  const [one, ...others] = ranges;
  return ranges.type === 'bytes' && one !== undefined && others.length === 0
    ? { from: one.start, to: one.end }
    : all;
}

function hasLeft(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE';
}
