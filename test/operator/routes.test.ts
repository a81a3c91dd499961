import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/operator/metrics.ts';
import { operatorRoutes } from '../../src/operator/routes.ts';
import { listen } from '../support/listen.ts';
import { createServer } from 'node:http';

async function operator({ token = '', whyNotReady = null as string | null } = {}) {
  const metrics = createMetrics(() => 3);
  const server = createServer(
    express().use(operatorRoutes({ token, metrics, whyNotReady: () => whyNotReady })),
  );
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return {
    metrics,
    get: (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers }),
  };
}

describe('operator routes', () => {
  it('/health is alive', async () => {
    const { get } = await operator();
    expect(await (await get('/health')).json()).toEqual({ status: 'alive' });
  });

  it('/ready says whether calls are taken, and why not', async () => {
    expect((await (await operator()).get('/ready')).status).toBe(200);
    const answer = await (await operator({ whyNotReady: 'full' })).get('/ready');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not-ready', reason: 'full' });
  });

  it('/metrics counts what happened', async () => {
    const { get, metrics } = await operator();
    const base = { callId: 'CA1', at: 0 };
    metrics.count({ ...base, type: 'call-ended', reason: 'silence', durationMs: 1 });
    metrics.count({ ...base, type: 'input-refused', kind: 'stream-codec', detail: '' });
    metrics.count({ ...base, type: 'transfer-began', to: '+1' });
    metrics.count({ ...base, type: 'transfer-failed', why: 'busy' });
    metrics.countRefused('webhook-unsigned');
    const text = await (await get('/metrics')).text();
    expect(text).toContain('patchcord_calls_live 3');
    expect(text).toContain('patchcord_calls_ended_total{reason="silence"} 1');
    expect(text).toContain('patchcord_transfers_total{outcome="began"} 1');
    expect(text).toContain('patchcord_transfers_total{outcome="busy"} 1');
    expect(text).toContain('patchcord_input_refused_total{kind="stream-codec"} 1');
    expect(text).toContain('patchcord_input_refused_total{kind="webhook-unsigned"} 1');
  });

  it('with a token, /metrics is for who brings it', async () => {
    const { get } = await operator({ token: 'open sesame' });
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer open sesamE' })).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer open sesame' })).status).toBe(200);
  });
});
