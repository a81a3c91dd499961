// A call's recording, from wherever the desk has it to whoever may hear it. The headers are sent with the first byte: what
// breaks later breaks the connection, so that half a recording is never taken for a whole one.
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { codeOf } from '../call/error-code.ts';
import type { CallId } from '../call/call.ts';

/** A reader that takes nothing for so long is let go. */
const STALLED_MS = 60_000;

export interface StoredRecording {
  readonly stream: NodeJS.ReadableStream;
  readonly bytes: number;
}

/** Rejects where it cannot be read; not where the reader left. */
export async function sendRecording(res: Response, callId: CallId, recording: StoredRecording) {
  const { stream, bytes } = recording;
  res.set({
    'Content-Type': 'audio/wav',
    'Content-Length': String(bytes),
    'Content-Disposition': `attachment; filename="${callId}.wav"`,
    'Accept-Ranges': 'none',
  });
  res.setTimeout(STALLED_MS, () => res.destroy());
  // The pipeline lets go of the stream, whichever end breaks.
  try {
    await pipeline(stream, res);
  } catch (error) {
    if (!hasLeft(error)) throw error;
  }
}

function hasLeft(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE';
}
