// What operators and platforms ask: alive, taking calls, the counters. The counters are for the operator only: with
// the token, or where none is set, from this machine itself.
import { timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, type Router } from 'express';
import type { Metrics } from './metrics.ts';

export interface OperatorOptions {
  /** '' where none is set. */
  readonly token: string;
  readonly metrics: Metrics;
  /** Why no call would be taken now; null when one would. */
  readonly whyNotReady: () => string | null;
}

export function operatorRoutes({ token, metrics, whyNotReady }: OperatorOptions): Router {
  const router = express.Router();
  router.get('/health', (_req, res) => {
    res.json({ status: 'alive' });
  });
  router.get('/ready', (_req, res) => {
    const reason = whyNotReady();
    res
      .status(reason === null ? 200 : 503)
      .json(reason === null ? { status: 'ready' } : { status: 'not-ready', reason });
  });
  router.get('/metrics', operatorOnly(token), async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  });
  return router;
}

function operatorOnly(token: string): RequestHandler {
  return (req, res, next) => {
    const isAllowed =
      token === ''
        ? isLoopback(req.socket.remoteAddress)
        : isSame(req.get('authorization') ?? '', `Bearer ${token}`);
    if (isAllowed) return next();
    res.status(401).json({
      error: {
        code: 'unauthorized',
        message:
          'Send the OPERATOR_TOKEN as bearer token. Without one set, only this machine itself is answered.',
      },
    });
  };
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Behind a proxy on the same machine everybody is: set a token there. */
function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
