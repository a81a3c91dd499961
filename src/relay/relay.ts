// Composition root: picks the adapters, mounts the routes, starts a Bridge for every call. Nothing happens until
// `listen`; the only module that knows all sides.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import { pino, type Logger } from 'pino';
import { warningAboutAgentId } from '../agent/kinds.ts';
import { apiRoutes } from './api.ts';
import type { CallEvent, CallId, RefusedInput } from '../call/call.ts';
import { isOutboundId } from '../call/call-id.ts';
import { listenLater } from './line-buffer.ts';
import { LiveCalls } from '../bridge/live-calls.ts';
import type { Clock, Line, LookedUp } from '../call/ports.ts';
import { systemClock } from '../call/system-clock.ts';
import { callDesk } from './call-control.ts';
import { engineOf } from './engine-profiles.ts';
import { EventLoop } from '../operator/telemetry/event-loop.ts';
import { guardedAnswers, lastResort, nothingHere } from '../http/headers.ts';
import { Keeping } from './keeping.ts';
import { logCallEvents, plainError } from '../operator/telemetry/log.ts';
import { createMetrics } from '../operator/telemetry/metrics.ts';
import type { Unready } from '../operator/health-routes.ts';
import { Phone } from '../phone/phone.ts';
import type { LineListener, PhoneListener } from '../phone/phone-listener.ts';
import { type CarrierStatus, isOver } from '../call/steering.ts';
import { Outgoing } from './outbound.ts';
import { Agents, profileFor, type Setup, settingsOf } from './read-setup.ts';
import { CallRecords, type Known } from '../store/call-records.ts';
import { chooseStore } from '../store/choose-store.ts';
import { Voices } from './voices.ts';

const LINGER_MS = 2_000;
export interface Relay {
  readonly calls: LiveCalls;
  /** Asks for every agent whether it is there. */
  lookUpAgents(): Promise<readonly LookedUp[]>;
  /** Resolves with the port, once calls are taken. */
  listen(): Promise<number>;
  /** Resolves after the first try to have the fixed lines spoken, whether it succeeded or not. */
  readonly warmed: Promise<void>;
  subscribe(subscriber: (event: CallEvent) => void): () => void;
  /** Logs an error that no call owns, by its type, codes and stack; its message may hold a caller's words. */
  readonly reportBug: (error: unknown) => void;
  /** No new calls; resolves when those in progress are over, at most shortly after `DRAIN_S`. */
  drain(): Promise<void>;
  /** Ends what is left and frees everything. */
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
}

export function buildServer(setup: Setup, options: RelayOptions = {}): Relay {
  const { config, profiles } = setup;
  const clock = options.clock ?? systemClock;
  // Not synchronous: a reader of the log that is slow must not hold up audio.
  const log = options.log ?? pino({ level: config.logLevel }, pino.destination({ sync: false }));
  const ownerId = randomUUID();
  const store = chooseStore(config.databaseUrl, config.storeTranscripts);
  const keeping = new Keeping({ config, clock, log: (line) => log.warn(line) });
  const voices = new Voices({
    config,
    profiles,
    clock,
    onUnreachable: (reason) =>
      log.warn({ reason }, 'Realtime could not be reached; check OPENAI_API_KEY and REALTIME_MODEL'),
  });
  for (const warning of config.warnings) log.warn(warning);
  const refuse = (kind: RefusedInput, detail: string): void => {
    metrics.countRefused(kind);
    log.warn({ kind, detail }, 'input-refused');
  };
  const reportBug = (error: unknown): void => log.error({ err: plainError(error) }, 'bug-found');
  const phone = new Phone({
    clock,
    authToken: config.twilioAuthToken,
    accountSid: config.twilioAccountSid,
    apiUrl: config.twilioApiUrl,
    webhookUrl: config.webhookUrl,
    maxCalls: config.maxCalls,
    onRefused: refuse,
    onNotTold: (callId, error) =>
      log.warn(
        { callId, err: plainError(error) },
        'Could not command Twilio; closing the stream leads to the same step',
      ),
    onBug: reportBug,
  });
  const agents = new Agents(setup, (line) => log.warn(line));
  for (const { id } of agents.all) {
    const warning = warningAboutAgentId(id);
    if (warning !== null) log.warn(warning);
  }

  const calls = new LiveCalls({
    clock,
    maxCalls: config.maxCalls,
    bridge: (call) => {
      const profile = profileFor(profiles, call);
      return {
        agent: agents.of(profile),
        sounds: voices.soundsOf(profile),
        openSpeech: (onEvent) => voices.dial(profile, onEvent),
        settings: settingsOf(config, profile, call, clock.now()),
        tape: keeping.tapeFor(call.id),
        keep: (resume) => records.handOver(call.id, resume),
        onSettling: (reason, memory) => outgoing.settling.settle(call.id, reason, memory),
        carrier: phone.carrierOf(call),
      };
    },
  });
  const records = new CallRecords({
    store,
    ownerId,
    clock,
    keepsWords: config.storeTranscripts,
    retentionDays: config.retentionDays,
    resumeOf: (callId) => calls.get(callId)?.resumeState ?? null,
    liveCalls: () => [...calls.ids, ...outgoing.ids],
    onTaken: (callId) => {
      calls.get(callId)?.release();
      outgoing.release(callId);
    },
    onSteering: (callId, steering) => {
      if (steering.type === 'status') onStatus(callId, steering.sid, steering.status);
      else if (calls.get(callId)?.steer(steering) === undefined && steering.type === 'hang-up')
        outgoing.out.cancel(callId);
    },
    log: (line) => log.warn(line),
  });
  const outgoing: Outgoing = new Outgoing({
    config,
    clock,
    ownerId,
    store,
    records,
    carrier: phone.canCommand ? phone : null,
    agentOf: (call) => agents.of(profileFor(profiles, call)),
    emit: (callId, event) => calls.report({ callId, at: clock.now(), ...event }),
    isFull: () => calls.isFull || calls.count + outgoing.out.count >= config.maxCalls,
    begin: (call) => calls.start(call),
    isKnown: (callId) => !calls.isUnknown(callId),
    log: (line) => log.warn(line),
    onBug: (error) => reportBug(error),
  });
  const desk = callDesk({
    clock,
    store,
    calls,
    out: outgoing.out,
    queue: outgoing.queue,
    recordings: () => keeping.recordings,
    profiles: profiles.all.map(({ name }) => name),
    signsCallbacks: config.callbackSecret !== '',
    onRefused: (code) => metrics.countNotPlaced(code),
  });
  const closing = new AbortController();
  const eventLoop = new EventLoop({
    clock,
    limitMs: config.maxLoopDelayMs === 0 ? Infinity : config.maxLoopDelayMs,
  });
  const metrics = createMetrics(() => calls.count, {
    eventLoop,
    store: records,
    unstartedStreams: () => phone.unstartedStreams,
    undelivered: () => calls.undelivered,
    dialQueue: outgoing.queue,
    unrecordedMs: () => keeping.recordings?.lostMs ?? 0,
    mostUnsentBytes: () => phone.mostUnsentBytes,
  });
  calls.subscribe(records.take);
  calls.subscribe(keeping.take);
  calls.subscribe(outgoing.settling.take);
  calls.subscribe(metrics.count);
  calls.subscribe(logCallEvents(log, config.logTranscripts));

  /** R3: goes on with a call that is this process's now. */
  const goOn = (known: Known): void => {
    if (known.is !== 'ours' && known.is !== 'not-begun') return;
    const { call } = known;
    outgoing.follow(call);
    if (known.is === 'ours') calls.resume(call, known);
    else calls.start(call);
  };

  const onStatus = (callId: CallId, sid: string, status: CarrierStatus): void => {
    if (calls.isUnknown(callId) && isOutboundId(callId)) void outgoing.out.hearStatus(callId, sid, status);
    else if (isOver(status)) calls.over(callId);
  };

  /** R3: a call that another process has, or had; null where it is not to be had. */
  const comeHere = async (callId: CallId, sid: string): Promise<((line: Line) => LineListener) | null> => {
    const known = await records.claim(callId, sid);
    if (calls.mayBeElsewhere(callId)) goOn(known);
    const bridge = calls.get(callId);
    return bridge === undefined ? null : (line) => bridge.attach(line);
  };

  const listener: PhoneListener = {
    onIncoming: (call) => {
      const isTooMuch = eventLoop.isOverloaded() && calls.get(call.id) === undefined;
      return isTooMuch ? 'busy' : calls.admit(call);
    },
    onNext: async (call, status, transfer) => {
      if (isOver(status)) {
        calls.over(call.id);
        return 'hang-up';
      }
      if (transfer !== 'answered' && calls.mayBeElsewhere(call.id)) {
        const known = await records.claim(call.id, call.carrier?.sid);
        if (known.is === 'theirs') return 'ask-again';
        if (known.is === 'ended') calls.remember(call.id, known.reason);
        goOn(known);
      }
      return calls.next(call, transfer);
    },
    onAnswered: async ({ callId, sid }) => {
      const call = calls.get(callId)?.call ?? (await outgoing.out.answered(callId, sid));
      return call === null ? 'hang-up' : 'connect';
    },
    onMachine: ({ callId, ...verdict }) => {
      const steering = { type: 'machine', ...verdict } as const;
      if (calls.get(callId)?.steer(steering) !== undefined) return;
      store
        .steer(callId, steering, clock.now())
        .catch(() => log.warn({ callId }, 'Could not store the answering-machine result'));
    },
    onTransferAnswered: async (callId) => {
      // Twilio may ask another process than the one that transferred the call, which is then this one's.
      if (calls.isUnknown(callId)) goOn(await records.claim(callId));
      return calls.get(callId)?.transferAnswered() ?? '';
    },
    onStatus: ({ callId, sid }, status) => onStatus(callId, sid, status),
    onStreamError: (callId) => log.warn({ callId }, 'stream-error'),
    onStream: ({ callId, sid }, line) => {
      const bridge = calls.mayBeElsewhere(callId) ? undefined : calls.get(callId);
      return bridge?.attach(line) ?? listenLater(line, comeHere(callId, sid));
    },
  };

  const app = express();
  app.disable('x-powered-by');
  app.use(guardedAnswers);
  const http = createServer(app);
  const sockets = expressWs(app, http, { wsOptions: phone.socketOptions });
  // ws re-emits the HTTP server's errors; without a listener they would crash the process.
  sockets.getWss().on('error', () => {});
  sockets.app.ws(phone.streamPath, (socket, request) => phone.acceptStream(socket, request, listener));
  app.use(
    apiRoutes({
      token: config.operatorToken,
      metrics,
      desk,
      clock,
      closing: closing.signal,
      allowsHttpCallbacks: config.callbackAllowPrivate,
      ...engineOf(setup, agents, voices),
      log: (line) => log.warn(line),
      onBug: reportBug,
      whyNotReady: () => {
        const reasons: Unready[] = [];
        if (calls.isDraining) reasons.push('draining');
        else if (calls.isFull) reasons.push('full');
        if (eventLoop.isOverloaded()) reasons.push('event loop behind');
        if (!voices.isThere) reasons.push('Realtime unreachable');
        return reasons;
      },
      warnings: () => (records.state === 'ok' ? [] : [`store ${records.state}`]),
    }),
  );
  app.use(phone.router(listener));

  app.use(nothingHere, lastResort(reportBug));

  return {
    calls,
    subscribe: (subscriber) => calls.subscribe(subscriber),
    reportBug,
    warmed: voices.warmed,
    lookUpAgents: () => Promise.all(agents.all.map(({ agent }) => agent.lookUp())),
    listen: async () => {
      await keeping.start();
      // So that the first call need not wait for it; what it finds wrong, the first use finds again.
      store.open().catch(() => {});
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      http.once('error', reject);
      http.listen(config.port, resolve);
      await promise;
      const address = http.address();
      const port = typeof address === 'object' && address !== null ? address.port : config.port;
      log.info({ port, agents: agents.all.map(({ agent }) => agent.kind) }, 'listening');
      void voices.warm();
      return port;
    },
    drain: async () => {
      records.leaving();
      const canHandOver = calls.count > 0 && (await records.othersAreHere());
      await calls.drain(config.drainS * 1000, canHandOver);
      // Twilio may ask us what next with the last calls, until it is led to another process.
      if (canHandOver) await new Promise<void>((resolve) => clock.after(LINGER_MS, resolve));
    },
    close: async () => {
      closing.abort();
      voices.close();
      eventLoop.close();
      calls.close();
      await outgoing.close();
      for (const socket of sockets.getWss().clients) socket.terminate();
      const { promise, resolve } = Promise.withResolvers<void>();
      http.close(() => resolve());
      http.closeIdleConnections();
      await promise;
      await keeping.close();
      await records.close();
    },
  };
}
