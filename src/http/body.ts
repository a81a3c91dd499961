// The body of a request, bounded before it is read: JSON of at most 128 KB, audio of at most 10 MB. A route reads it only
// once it knows who asks, so that strangers get nothing parsed.
import express, { type Request, type RequestHandler, type Response } from 'express';
import { fieldsOf } from '../call/json.ts';
import { answerProblem, type Problem } from './problems.ts';

const LARGEST = { json: '128kb', audio: '10mb' };
const parseJson = express.json({ limit: LARGEST.json });
const parseSmallJson = express.json({ limit: '4kb', inflate: false });

/** Puts the JSON into `req.body`, `{}` if the request has no body, and answers what is wrong with it. */
export const jsonBody: RequestHandler = async (req, res, next) => {
  const problem = await readJson(req, res);
  if (problem === null) next();
  else answerProblem(res, problem);
};

/** As `jsonBody`; returns what is wrong instead of answering it, or null. */
export async function readJson(
  req: Request,
  res: Response,
  unreadable: 'bad_request' | 'invalid_json' = 'bad_request',
  parse: RequestHandler = parseJson,
): Promise<Problem | null> {
  if (hasBody(req) && req.is('application/json') === false)
    return { code: 'unsupported_media_type', message: 'Send application/json.' };
  const problem = await readWith(parse, req, res);
  req.body ??= {};
  return problem?.code === 'bad_request' ? { ...problem, code: unreadable } : problem;
}

/** As `readJson`, for strangers: at most 4 KB, uncompressed. */
export function readSmallJson(req: Request, res: Response): Promise<Problem | null> {
  return readJson(req, res, 'bad_request', parseSmallJson);
}

/** Returns a reader that puts bytes of one of `types` into `req.body`, uncompressed, and returns what is wrong or null. */
export function bytesReader(types: readonly string[]) {
  const parse = express.raw({ limit: LARGEST.audio, inflate: false, type: [...types] });
  return (req: Request, res: Response): Promise<Problem | null> => readWith(parse, req, res);
}

async function readWith(parse: RequestHandler, req: Request, res: Response): Promise<Problem | null> {
  const error = await new Promise<unknown>((resolve) => void parse(req, res, resolve));
  if (error === undefined) return null;
  switch (fieldsOf(error)['type']) {
    case 'entity.too.large':
      return {
        code: 'too_large',
        message: 'A body holds at most 128 KB of JSON, 4 KB to sign in, or 10 MB of audio.',
      };
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return { code: 'unsupported_media_type', message: 'Send JSON as UTF-8, and audio uncompressed.' };
    case 'entity.parse.failed':
      return { code: 'bad_request', message: 'The body is not a JSON object.' };
    default:
      return { code: 'bad_request', message: 'The body cannot be read.' };
  }
}

function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
}
