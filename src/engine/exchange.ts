// One request and its answer. Whoever asked may go away at any time: a signal tells it, so that no voice reads on and no
// agent thinks on for nobody. A body is read only when there is a place for what it asks.
import express, { type Request, type RequestHandler, type Response } from 'express';
import { AUDIO_TYPES, TAKEN } from './audio-in.ts';
import type { EngineOptions } from './engine-profile.ts';
import { type Outcome, refused } from './outcome.ts';

export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  /** Aborts when the client is gone, or the process leaves. */
  readonly signal: AbortSignal;
}

export type Handle = (exchange: Exchange) => Promise<Outcome>;

const MOST_AUDIO_BYTES = 10 * 1024 * 1024;
/** The longest text there may be, each character escaped, and its parameters. */
const MOST_JSON_BYTES = 128 * 1024;

const readAudio = express.raw({ limit: MOST_AUDIO_BYTES, inflate: false, type: AUDIO_TYPES });
const readJson = express.json({ limit: MOST_JSON_BYTES, inflate: false });

const CLOSING = refused(503, 'closing', 'This process is leaving. Try again: another one will answer.');

export function answering(
  { closing, onBug }: Pick<EngineOptions, 'closing' | 'onBug'>,
  handle: Handle,
): RequestHandler {
  return async (req, res) => {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    res.on('close', leave);
    closing.addEventListener('abort', leave);
    let outcome = CLOSING;
    try {
      if (!closing.aborted) outcome = await handle({ req, res, signal: gone.signal });
    } catch (error) {
      onBug(error);
      outcome = refused(500, 'internal', 'Something went wrong on our side.');
    } finally {
      closing.removeEventListener('abort', leave);
    }
    if (!res.closed) send(res, closing.aborted ? CLOSING : outcome);
  };
}

/** What is wrong with it; null where `req.body` now is the sound. */
export function readAudioBody(exchange: Exchange): Promise<Outcome | null> {
  return readWith(readAudio, exchange);
}

/** What is wrong with it; null where `req.body` now is what the JSON holds. */
export async function readJsonBody(exchange: Exchange): Promise<Outcome | null> {
  const { req } = exchange;
  // No body at all is as good as an empty object.
  if (req.is('application/json') === false)
    return refused(415, 'unsupported_media_type', 'Send JSON, with the content type application/json.');
  const wrong = await readWith(readJson, exchange);
  req.body ??= {};
  return wrong;
}

async function readWith(parser: RequestHandler, { req, res }: Exchange): Promise<Outcome | null> {
  const error = await new Promise<unknown>((resolve) => void parser(req, res, resolve));
  if (error === undefined || error === null) return null;
  const type = typeof error === 'object' && 'type' in error ? error.type : '';
  switch (type) {
    case 'entity.too.large':
      return refused(413, 'too_large', 'A body holds at most 10 MB of audio, or 128 KB of JSON.');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return refused(415, 'unsupported_media_type', `Send it uncompressed, JSON as UTF-8. ${TAKEN}`);
    case 'entity.parse.failed':
      return refused(400, 'invalid_json', 'The body is not JSON.');
    default:
      return refused(400, 'bad_request', 'The body cannot be read.');
  }
}

function send(res: Response, { status, body, headers }: Outcome): void {
  res.status(status).set(headers);
  if (body === null) res.end();
  else if (Buffer.isBuffer(body)) res.end(body);
  else res.json(body);
}
