import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/operator/telemetry/metrics.ts';
import {
  healthRoutes,
  metricsRoute,
  type ReadyWarning,
  type Unready,
} from '../../src/operator/health-routes.ts';
import { listen } from '../support/listen.ts';

interface Stage {
  readonly reasons?: readonly Unready[];
  readonly warnings?: readonly ReadyWarning[];
}

async function operator({ reasons = [], warnings = [] }: Stage = {}) {
  const metrics = createMetrics(() => 3);
  const server = createServer(
    express().use(
      healthRoutes(async () => ({ reasons, warnings })),
      metricsRoute(metrics),
    ),
  );
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return {
    get: (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers }),
  };
}

describe("the operator's routes", () => {
  it('/health answers', async () => {
    const { get } = await operator();
    expect(await (await get('/health')).json()).toEqual({ status: 'alive' });
  });

  it('/ready says that the relay accepts calls', async () => {
    const answer = await (await operator()).get('/ready');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ready', warnings: [] });
  });

  it('/ready lists every reason, the weightiest also by itself', async () => {
    const answer = await (await operator({ reasons: ['draining', 'event loop behind'] })).get('/ready');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'not-ready',
      reason: 'draining',
      reasons: ['draining', 'event loop behind'],
      warnings: [],
    });
  });

  it('/ready warns of a store that is down, and stays ready', async () => {
    const answer = await (await operator({ warnings: ['store down'] })).get('/ready');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ready', warnings: ['store down'] });
    const both = await (await operator({ reasons: ['full'], warnings: ['store down'] })).get('/ready');
    expect(both.status).toBe(503);
    expect(await both.json()).toMatchObject({ reasons: ['full'], warnings: ['store down'] });
  });

  it("/metrics answers in Prometheus' text format", async () => {
    const answer = await (await operator()).get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; .*version=0\.0\.4/);
    expect(await answer.text()).toContain('\npatchcord_calls_live 3\n');
  });
});
