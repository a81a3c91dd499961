// The headers of every HTTP answer, and the two answers of last resort. A browser must not frame, cache, sniff or run what
// is served here, unless a page allows more for itself. No answer repeats the path or an error's text.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { fieldsOf } from '../call/json.ts';
import { answerProblem, INTERNAL } from './problems.ts';

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  // Browsers heed it over https only. Not for subdomains: those may be somebody else's.
  'Strict-Transport-Security': 'max-age=31536000',
} as const;

export const guardedAnswers: RequestHandler = (_req, res, next) => {
  res.set(HEADERS);
  next();
};

export const nothingHere: RequestHandler = (_req, res) => {
  answerProblem(res, { code: 'not_found', message: 'There is nothing at this address.' });
};

/** Goes last. What a route threw is a bug, unless Express could not read the request. */
export function lastResort(onBug: (error: unknown) => void): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _req, res, next) => {
    const isUnreadable = isClientError(error);
    if (!isUnreadable) onBug(error);
    // Too late for an answer: Express cuts the connection.
    if (res.headersSent) return next(error);
    if (isUnreadable) answerProblem(res, { code: 'bad_request', message: 'The request cannot be read.' });
    else answerProblem(res, INTERNAL);
  };
}

function isClientError(error: unknown): boolean {
  const status = fieldsOf(error)['status'];
  return typeof status === 'number' && status >= 400 && status < 500;
}
