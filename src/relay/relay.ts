// The relay as its user sees it: what it listens to, what it starts and ends, in which order. parts.ts makes what it joins.
import type { RequestListener, Server } from 'node:http';
import { pino, type Logger } from 'pino';
import type { LiveCalls } from '../bridge/live-calls.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { Check } from '../call/check.ts';
import type { Agent, Clock, LookedUp } from '../call/ports.ts';
import { systemClock } from '../call/system-clock.ts';
import { accessCheck, operatorOnly } from '../http/access.ts';
import { addressOf } from '../http/address.ts';
import { HttpServer } from '../http/http-server.ts';
import { sessionRoutes, signInCode } from '../http/session-routes.ts';
import { logCallEvents } from '../operator/telemetry/log.ts';
import { startTracing, type Tracing } from '../operator/telemetry/tracing.ts';
import { apiRoutes, openRoutes } from './api.ts';
import { openRecordings } from './call-setup.ts';
import { readinessOf } from './readiness.ts';
import { ALONE, type Siblings } from '../cluster/siblings.ts';
import { partsOf } from './parts.ts';
import type { Setup } from './read-setup.ts';
import { RoutedPhone } from './routed-phone.ts';
import { joinSiblings } from './sibling-duties.ts';

export interface Relay {
  readonly calls: LiveCalls;
  /** Asks every agent's API whether the agent exists. */
  lookUpAgents(): Promise<readonly LookedUp[]>;
  /** All of the relay's HTTP routes, to be mounted last in an Express app of one's own. Media streams come by `listen`. */
  readonly app: RequestListener;
  /**
   * Resolves with the port once the relay takes calls; rejects with a ConfigError or Node's error, such as EADDRINUSE.
   * With a server it does not listen itself: it takes that server's media streams, and its requests by the mounted `app`.
   */
  listen(server?: Server): Promise<number>;
  /** Resolves after the first attempt to synthesise the fixed lines, whether it succeeded or not. */
  readonly warmed: Promise<void>;
  subscribe(subscriber: (event: CallEvent) => void): () => void;
  /**
   * For a link to the pages, as `/app#code=…`: it signs one browser in, once and within ten minutes. Rejects while the
   * operator's token can be neither read nor kept.
   */
  signInCode(): Promise<string>;
  /** Logs an error that no call owns: type, codes and stack, not the message, which may hold a caller's words. */
  readonly reportBug: (error: unknown) => void;
  /**
   * From here on this process has its share of what reaches the machine: after `listen`, and only with `siblings`. `leave` is
   * called once it is this process's turn to leave.
   */
  join(leave: () => void): Promise<void>;
  /** Takes no new calls; resolves when the last is handed over or ended, at most shortly after `DRAIN_S`. */
  drain(): Promise<void>;
  /** Ends what is left and frees everything. */
  close(): Promise<void>;
}

export interface RelayOptions {
  /** Agents of one's own, by the ID that AGENT_WORKFLOW_ID or a profile names. */
  readonly agents?: Readonly<Record<string, Agent>>;
  /** Receives every event of every call. What it throws is logged. */
  readonly onEvent?: (event: CallEvent) => void;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** What GET /checks runs; `spends`: with those that cost something. Left out: it has none. */
  readonly checks?: (spends: boolean) => Promise<readonly Check[]>;
  /** Other relay processes behind the same port; none if left out. */
  readonly siblings?: Siblings;
}

/** Nothing happens until `listen`. */
export function createRelay(setup: Setup, options: RelayOptions = {}): Relay {
  const { config } = setup;
  const clock = options.clock ?? systemClock;
  // Asynchronous: a slow reader of the log must not hold up audio.
  const log = options.log ?? pino({ level: config.logLevel }, pino.destination({ sync: false }));
  const warn = (line: string, callId?: CallId): void =>
    log.warn(callId === undefined ? {} : { callId }, line);
  const { siblings = ALONE } = options;
  const parts = partsOf(setup, { clock, log, warn, own: options.agents ?? {}, siblings });
  const { agents, voices, phone, talks, switchboard, kept, metrics, eventLoop, operator, access } = parts;
  const asked = siblings.areThere ? new RoutedPhone(switchboard, siblings) : switchboard;
  const readiness = readinessOf(parts);
  for (const warning of config.warnings) warn(warning);
  switchboard.subscribe(metrics.count);
  if (options.onEvent !== undefined) switchboard.subscribe(options.onEvent);
  switchboard.subscribe(logCallEvents(log, config.logTranscripts));
  const closing = new AbortController();
  const server = new HttpServer({
    clock,
    openRoutes: [
      openRoutes(setup, parts, readiness),
      sessionRoutes({ ...access, counts: parts.store }),
      phone.router(asked),
    ],
    // Addresses that lead nowhere need the token, too.
    lock: operatorOnly(accessCheck(access)),
    lockedRoutes: [talks.routes(parts.talkCalls), apiRoutes(setup, parts, closing.signal, options.checks)],
    sockets: {
      options: {
        ...phone.socketOptions,
        verifyClient: (info, answer) =>
          (talks.isFor(info.req) ? talks : phone.socketOptions).verifyClient(info, answer),
      },
      accept: {
        [`${phone.streamPath}{/*below}`]: (socket, req) =>
          phone.acceptStream(socket, { wire: req.socket, address: addressOf(req) }, switchboard),
        [talks.socketPath]: (socket, req) => talks.accept(socket, req, parts.talkCalls),
      },
    },
    onSlow: () => parts.onRefused('request-slow', 'headers or body did not come'),
    onBug: parts.reportBug,
  });
  return {
    calls: switchboard.calls,
    app: server.app,
    subscribe: (subscriber) => switchboard.subscribe(subscriber),
    reportBug: parts.reportBug,
    signInCode: () => signInCode(access),
    warmed: voices.warmed,
    lookUpAgents: () => agents.lookUp(),
    listen: async (joined) => {
      kept.recordings = await openRecordings(config, clock, warn);
      if (config.otelEndpoint !== '') kept.tracing = await tracingOf(setup, warn);
      if (kept.tracing !== null) switchboard.subscribe(kept.tracing.take);
      // Early, so that the first call need not wait for it; the first use meets the same error again.
      parts.store.open().catch(() => {});
      void operator.open();
      const port = joined === undefined ? await server.listen(config.port) : server.join(joined);
      log.info({ port, agents: agents.all.map(({ agent }) => agent.kind) }, 'listening');
      void voices.warm();
      return port;
    },
    join: (leave) => joinSiblings(siblings, { ...parts, server, readiness, onBug: parts.reportBug }, leave),
    drain: () => switchboard.drain(),
    close: async () => {
      closing.abort();
      voices.close();
      eventLoop.close();
      parts.money.close();
      switchboard.calls.close();
      await switchboard.outbound.close();
      await server.close();
      await kept.recordings?.close();
      await kept.tracing?.close();
      await switchboard.records.close();
      await siblings.leave(await metrics.plain());
    },
  };
}

function tracingOf({ config, prices }: Setup, log: (line: string) => void): Promise<Tracing> {
  return startTracing(config.otelEndpoint, { prices, log });
}
