// Sends a call's recording. The headers go with the first byte, and a later failure breaks the connection, so that nobody takes
// half a recording for a whole one.
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { codeOf } from '../call/error-code.ts';
import type { CallId } from '../call/call.ts';

/** A reader that reads nothing for this long is cut off. */
const STALLED_MS = 60_000;

export interface StoredRecording {
  readonly stream: NodeJS.ReadableStream;
  readonly bytes: number;
}

/** Rejects if the recording cannot be read, but not if the reader left. */
export async function sendRecording(res: Response, callId: CallId, recording: StoredRecording) {
  const { stream, bytes } = recording;
  res.set({
    'Content-Type': 'audio/wav',
    'Content-Length': String(bytes),
    'Content-Disposition': `attachment; filename="${callId}.wav"`,
    'Accept-Ranges': 'none',
  });
  res.setTimeout(STALLED_MS, () => res.destroy());
  try {
    await pipeline(stream, res);
  } catch (error) {
    if (!hasLeft(error)) throw error;
  }
}

function hasLeft(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE';
}
