// The HTTP API put together: what is open to everybody, and what stands behind the operator's token.
import express, { type Router } from 'express';
import type { CallbackStore } from '../call/callback-store.ts';
import type { CallStore } from '../call/call-store.ts';
import { isLoopback } from '../call/loopback.ts';
import type { NumberChangeStore } from '../call/number-webhooks.ts';
import type { Clock } from '../call/ports.ts';
import { engineRoutes } from '../engine/engine-routes.ts';
import { docsRoutes } from '../http/docs.ts';
import { mcpRoutes } from '../mcp/mcp-routes.ts';
import { callbackRoutes } from '../operator/callback-routes.ts';
import { callAnswers } from '../operator/call-answers.ts';
import { callsRoutes } from '../operator/calls-routes.ts';
import { healthRoutes, metricsRoute } from '../operator/health-routes.ts';
import { numberRoutes } from '../operator/number-routes.ts';
import { type UpkeepOptions, upkeepRoutes } from '../operator/upkeep-routes.ts';
import { webhookRoutes } from '../operator/webhook-routes.ts';
import type { EventLoop } from '../operator/telemetry/event-loop.ts';
import type { Metrics } from '../operator/telemetry/metrics.ts';
import { pageRoutes } from '../pages/page-routes.ts';
import type { Phone } from '../phone/phone.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Agents } from './agents.ts';
import { createCallControl } from './call-control.ts';
import { engineOf } from './engine-profiles.ts';
import type { Siblings } from '../cluster/siblings.ts';
import { numbersOf, webhooksOf } from './numbers.ts';
import type { Setup } from './read-setup.ts';
import type { Readiness } from './readiness.ts';
import type { Spending } from './spending.ts';
import type { Switchboard } from './switchboard.ts';
import type { Voices } from './voices.ts';

export interface ApiParts {
  readonly clock: Clock;
  readonly store: CallStore & CallbackStore & NumberChangeStore;
  readonly agents: Agents;
  readonly voices: Voices;
  readonly phone: Pick<Phone, 'heard' | 'rehearse'>;
  readonly switchboard: Switchboard;
  readonly money: { readonly spending: Spending };
  readonly metrics: Metrics;
  readonly eventLoop: Pick<EventLoop, 'isOverloaded'>;
  readonly siblings: Siblings;
  readonly kept: { readonly recordings: Recordings | null };
  readonly warn: (line: string) => void;
  readonly reportBug: (error: unknown) => void;
}

/** Health, documents and pages; the metrics too, with METRICS_PUBLIC=1. */
export function openRoutes({ config }: Setup, parts: ApiParts, readiness: Readiness): Router {
  const isPlayed = isLoopback(URL.parse(config.twilioApiUrl)?.hostname ?? '');
  const router = express.Router();
  router.use(
    healthRoutes(readiness.ofMachine),
    docsRoutes(async () => (await import('./api-document.ts')).DOCUMENT),
    pageRoutes({ isPlayed }),
  );
  if (config.metricsPublic) router.use(metricsOf(parts));
  return router;
}

function metricsOf({ metrics, siblings }: ApiParts): Router {
  return metricsRoute(metrics, () => siblings.metrics());
}

/** Must stand behind the operator's token. Once `closing` aborts, the feeds and the requests that wait end. */
export function apiRoutes(
  setup: Setup,
  parts: ApiParts,
  closing: AbortSignal,
  checks: UpkeepOptions['checks'] = null,
): Router {
  const { config, profiles } = setup;
  const { clock, store, agents, voices, switchboard, siblings, metrics, kept, warn, reportBug } = parts;
  const control = createCallControl({
    clock,
    store,
    switchboard,
    recordings: () => kept.recordings,
    profiles: profiles.all.map(({ name }) => name),
    transfersOf: (profile) => profiles.all.find(({ name }) => name === profile)?.transfers.allowed ?? [],
    prices: setup.prices,
    spending: parts.money.spending,
    signsCallbacks: config.callbackSecret !== '',
    onRefused: (code) => metrics.countNotPlaced(code),
  });
  const common = { clock, closing, log: warn, onBug: reportBug };
  const router = express.Router();
  router.use(metricsOf(parts));
  const answers = callAnswers({ control, clock, allowsHttpCallbacks: config.callbackAllowPrivate });
  router.use(callsRoutes({ ...common, control, answers }));
  router.use(upkeepRoutes({ ...common, checks, configuration: setup.variables }));
  const numbers = numbersOf(setup, store, clock);
  router.use(numberRoutes(numbers), webhookRoutes({ ...numbers, ...webhooksOf(setup, parts) }));
  router.use(callbackRoutes({ clock, sendSample: (url) => switchboard.outbound.sendSample(url) }));
  router.use(mcpRoutes({ ...common, telephone: answers, publicUrl: config.webhookUrl }));
  router.use(
    engineRoutes({
      ...common,
      ...engineOf(setup, agents, voices),
      siblings: siblings.areThere ? siblings : null,
      isLeaving: () => switchboard.calls.isDraining,
    }),
  );
  return router;
}
