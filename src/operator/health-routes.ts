// Health, readiness and metrics.
import express, { type Router } from 'express';
import type { Metrics } from './telemetry/metrics.ts';

/** Why the relay accepts no call now. A closed set, because platforms and people match on it. */
export type Unready = 'starting' | 'draining' | 'full' | 'event loop behind' | 'Realtime unreachable';

export type ReadyWarning = 'store behind' | 'store down';

export interface HealthOptions {
  /** Every reason why the relay accepts no call now, the weightiest first. */
  readonly whyNotReady: () => readonly Unready[];
  readonly warnings: () => readonly ReadyWarning[];
}

export function healthRoutes({ whyNotReady, warnings }: HealthOptions): Router {
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
  return router;
}

export function metricsRoute(metrics: Metrics): Router {
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text());
  });
  return router;
}
