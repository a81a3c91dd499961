// What operators and platforms ask: alive, taking calls, the counters. The counters are for the operator only: with
// the token, or where none is set, from this machine itself.
import express, { type Router } from 'express';
import { operatorOnly } from '../http/access.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Why no call would be taken now. Closed, because platforms and people match on it. */
export type Unready = 'draining' | 'full' | 'event loop behind' | 'Realtime unreachable';

/** What is wrong, and calls go on all the same. */
export type ReadyWarning = 'store behind' | 'store down';

export interface OperatorOptions {
  /** '' where none is set. */
  readonly token: string;
  readonly metrics: Metrics;
  /** Each reason why no call would be taken now, the weightiest first; none when one would. */
  readonly whyNotReady: () => readonly Unready[];
  readonly warnings: () => readonly ReadyWarning[];
}

export function operatorRoutes({ token, metrics, whyNotReady, warnings }: OperatorOptions): Router {
  const router = express.Router();
  router.get('/health', (_req, res) => {
    res.json({ status: 'alive' });
  });
  router.get('/ready', (_req, res) => {
    const reasons = whyNotReady();
    const [reason] = reasons;
    const warned = { warnings: warnings() };
    if (reason === undefined) res.json({ status: 'ready', ...warned });
    else res.status(503).json({ status: 'not-ready', reason, reasons, ...warned });
  });
  router.get('/metrics', operatorOnly(token), async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  });
  return router;
}
