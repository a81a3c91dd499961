// The JSON that comes with a request, bounded before it is read. Only after it is known who asks: nobody else's is parsed.
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { StoreError } from '../call/call-store.ts';
import { answerProblem, type Problem } from './problems.ts';

const LARGEST = '64kb';
const parse = express.json({ limit: LARGEST });

export const jsonBody: RequestHandler = (req, res, next) => {
  parse(req, res, (error?: unknown) => {
    if (error !== undefined) return next(error);
    if (req.body === undefined && hasBody(req))
      return answerProblem(res, { code: 'unsupported_media_type', message: 'Send application/json.' });
    next();
  });
};

/** Goes after the routes: what is the sender's mistake, or the store's state, is no bug. */
export const readingProblems: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const problem = problemOf(error);
  if (problem === null || res.headersSent) return next(error);
  answerProblem(res, problem);
};

/** null where it is for somebody else to say. */
function problemOf(error: unknown): Problem | null {
  if (error instanceof StoreError)
    return { code: 'unavailable', message: 'The records cannot be reached now. Try again.' };
  if (typeof error !== 'object' || error === null || !('type' in error)) return null;
  if (error.type === 'entity.too.large')
    return { code: 'too_large', message: 'At most 64 KB of JSON are read.' };
  if (error.type === 'entity.parse.failed')
    return { code: 'bad_request', message: 'The body is not a JSON object.' };
  return null;
}

function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
}
