// Health, readiness and metrics.
import express, { type Router } from 'express';
import { joinedMetrics, type Metrics } from './telemetry/metrics.ts';

/** Why the relay accepts no call now. A closed set, because platforms and people match on it. */
export type Unready = 'starting' | 'draining' | 'full' | 'event loop behind' | 'Realtime unreachable';

export type ReadyWarning = 'store behind' | 'store down' | 'process down';

export interface Readiness {
  /** Every reason why the relay accepts no call now, the weightiest first. */
  readonly reasons: readonly Unready[];
  readonly warnings: readonly ReadyWarning[];
}

export function healthRoutes(readiness: () => Promise<Readiness>): Router {
  const router = express.Router();
  router.get('/health', (_req, res) => {
    res.json({ status: 'alive' });
  });
  router.get('/ready', async (_req, res) => {
    const { reasons, warnings } = await readiness();
    const [reason] = reasons;
    if (reason === undefined) res.json({ status: 'ready', warnings });
    else res.status(503).json({ status: 'not-ready', reason, reasons, warnings });
  });
  return router;
}

/** `ofAll`: the metrics of each process, where there are several. */
export function metricsRoute(
  metrics: Metrics,
  ofAll: () => Promise<readonly (readonly object[])[] | null> = async () => null,
): Router {
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    const all = await ofAll();
    res.type(metrics.contentType).send(await (all === null ? metrics.text() : joinedMetrics(all)));
  });
  return router;
}
