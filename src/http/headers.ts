// What goes with every HTTP answer, and the two answers of last resort. Nothing that is served here is to be framed,
// cached, sniffed or run; a page of its own says more, and only then. Neither a path nor an error's text is ever given
// back to whoever sent it.
import type { ErrorRequestHandler, RequestHandler } from 'express';

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  // A browser takes it over https only. Not for subdomains: those are not ours to speak for.
  'Strict-Transport-Security': 'max-age=31536000',
} as const;

/** Goes before all routes. */
export const guardedAnswers: RequestHandler = (_req, res, next) => {
  res.set(HEADERS);
  next();
};

/** Goes after all routes. */
export const nothingHere: RequestHandler = (_req, res) => {
  res.status(404).json({ error: { code: 'not_found', message: 'There is nothing at this address.' } });
};

/** Goes last: what a route threw is a bug, unless it is a request that cannot be read. */
export function lastResort(onBug: (error: unknown) => void): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _req, res, next) => {
    const isUnreadable = isClientError(error);
    if (!isUnreadable) onBug(error);
    // Too late for an answer: Express cuts the connection.
    if (res.headersSent) return next(error);
    if (isUnreadable)
      res.status(400).json({ error: { code: 'bad_request', message: 'The request cannot be read.' } });
    else res.status(500).json({ error: { code: 'internal', message: 'Something went wrong on our side.' } });
  };
}

/** As Express and its parsers throw them. */
function isClientError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('status' in error)) return false;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500;
}
