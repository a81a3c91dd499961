// Composition root: picks the adapters, mounts the routes, starts a Bridge for every call. Nothing happens until
// `listen`; the only module that knows all sides.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import { pino, type Logger } from 'pino';
import { warningAboutAgentId } from './agent/choose-agent.ts';
import type { CallEvent, CallFacts, CallId, NextStep, RefusedInput } from './call/call.ts';
import { FixedLineSounds, synthesise } from './call/fixed-lines.ts';
import { listenLater } from './call/late-line.ts';
import { LiveCalls } from './call/live-calls.ts';
import type { Clock, Line, LookedUp, Speech, SpeechEvent } from './call/ports.ts';
import { systemClock } from './clock.ts';
import { EventLoop } from './operator/event-loop.ts';
import { guardedAnswers, lastResort, nothingHere } from './operator/headers.ts';
import { logCallEvents, plainError } from './operator/log.ts';
import { createMetrics } from './operator/metrics.ts';
import { operatorRoutes, type Unready } from './operator/routes.ts';
import { acceptMediaStream, type LineListener } from './phone/media-stream.ts';
import { StreamTokens } from './phone/stream-token.ts';
import { twilioApi } from './phone/twilio-api.ts';
import { type Answer, twimlFor } from './phone/twiml.ts';
import { streamWsOptions } from './phone/upgrade.ts';
import { addressOf, UnstartedStreams } from './phone/unstarted-streams.ts';
import { PATHS, phoneUrls } from './phone/urls.ts';
import { phoneRoutes } from './phone/webhooks.ts';
import { type Profile, soundKey } from './profiles.ts';
import { Agents, linesOf, type Setup, settingsOf, speechOf } from './setup.ts';
import { openSpeech } from './speech/realtime-socket.ts';
import { CallRecords } from './store/call-records.ts';
import { chooseStore, isShared } from './store/choose-store.ts';

const APOLOGY = "I'm sorry, something went wrong on our side. Please call again later. Goodbye.";
/** Statuses after which there is nobody to talk to. */
const OVER = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const RETRY_SPEECH_MS = 15_000;
const LINGER_MS = 2_000;
/** Streams that may wait for their start, besides one for each call. */
const SPARE_STREAMS = 20;

export interface Relay {
  readonly calls: LiveCalls;
  /** Asks for every agent whether it is there. */
  lookUpAgents(): Promise<readonly LookedUp[]>;
  /** Resolves with the port, once calls are taken. */
  listen(): Promise<number>;
  /** Resolves after the first try to have the fixed lines spoken, whether it succeeded or not. */
  readonly warmed: Promise<void>;
  subscribe(subscriber: (event: CallEvent) => void): () => void;
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
  /** What was synthesised, by how it sounds. */
  const sounds = new Map(profiles.all.map((profile) => [soundKey(profile), new FixedLineSounds()]));
  const soundsOf = (profile: Profile): FixedLineSounds =>
    sounds.get(soundKey(profile)) ?? new FixedLineSounds();
  const urls = phoneUrls(config.webhookUrl);
  const tokens = new StreamTokens(config.twilioAuthToken);
  const phone =
    config.twilioAccountSid === ''
      ? null
      : twilioApi({
          accountSid: config.twilioAccountSid,
          authToken: config.twilioAuthToken,
          ...(config.twilioApiUrl === '' ? {} : { apiUrl: config.twilioApiUrl }),
        });
  const agents = new Agents(setup, (line) => log.warn(line));
  for (const { id } of agents.all) {
    const warning = warningAboutAgentId(id);
    if (warning !== null) log.warn(warning);
  }

  /** Never rejects; false where it could not be told: then the closed stream leads to the same. */
  const tellCarrier = (callId: CallId, telling: Promise<void>): Promise<boolean> =>
    telling.then(
      () => true,
      (error: unknown) => {
        log.warn(
          { callId, err: plainError(error) },
          'Twilio could not be told; the closed stream leads there',
        );
        return false;
      },
    );

  /** The last word on whether Realtime can be reached. */
  let isSpeechThere = false;
  const dialSpeech = (profile: Profile, onEvent: (event: SpeechEvent) => void): Speech =>
    openSpeech(speechOf(config, profile, clock), (event) => {
      if (event.type === 'ready') isSpeechThere = true;
      if (event.type === 'lost') {
        isSpeechThere = false;
        // Nobody else would: a relay that is not ready is sent no calls, and so would never dial again.
        warmLater();
      }
      onEvent(event);
    });

  const calls = new LiveCalls({
    clock,
    maxCalls: config.maxCalls,
    bridge: (call) => {
      const profile = profiles.of(call.to);
      return {
        agent: agents.of(profile),
        sounds: soundsOf(profile),
        openSpeech: (onEvent) => dialSpeech(profile, onEvent),
        settings: settingsOf(config, profile, clock.now()),
        keep: (resume) => records.handOver(call.id, resume),
        carrier:
          phone === null
            ? null
            : {
                hangUp: async () => {
                  await tellCarrier(call.id, phone.hangUp(call.id));
                },
                redirect: (errand) =>
                  tellCarrier(call.id, phone.redirect(call.id, twimlFor(answerTo(call, errand), urls))),
              },
      };
    },
  });
  const records = new CallRecords({
    store: chooseStore(config.databaseUrl),
    ownerId: randomUUID(),
    clock,
    keepsWords: config.storeTranscripts,
    retentionDays: config.retentionDays,
    resumeOf: (callId) => calls.get(callId)?.resumeState ?? null,
    liveCalls: () => calls.ids,
    onTaken: (callId) => calls.get(callId)?.letGo(),
    log: (line) => log.warn(line),
  });
  const eventLoop = new EventLoop({
    clock,
    limitMs: config.maxLoopDelayMs === 0 ? Infinity : config.maxLoopDelayMs,
  });
  const unstarted = new UnstartedStreams(SPARE_STREAMS + config.maxCalls);
  const metrics = createMetrics(() => calls.count, {
    eventLoop,
    store: records,
    unstartedStreams: () => unstarted.size,
    undelivered: () => calls.undelivered,
    mostUnsentBytes: () =>
      [...sockets.getWss().clients].reduce((most, { bufferedAmount }) => Math.max(most, bufferedAmount), 0),
  });
  calls.subscribe(records.take);
  calls.subscribe(metrics.count);
  calls.subscribe(logCallEvents(log, config.logTranscripts));

  const refuse = (kind: RefusedInput, detail: string): void => {
    metrics.countRefused(kind);
    log.warn({ kind, detail }, 'input-refused');
  };
  const reportBug = (error: unknown): void => log.error({ err: plainError(error) }, 'bug-found');

  const answerTo = (call: CallFacts, step: NextStep): Answer => {
    if (typeof step !== 'string') {
      return step.type === 'transfer'
        ? { type: 'transfer', callId: call.id, to: step.to, say: step.say }
        : { type: 'send-digits', digits: step.digits, token: tokens.issue(call.id, clock.now()) };
    }
    switch (step) {
      case 'connect':
        return { type: 'connect', token: tokens.issue(call.id, clock.now()) };
      case 'busy':
        return { type: 'busy' };
      case 'hang-up':
        return { type: 'hang-up' };
      case 'ask-again':
        return { type: 'ask-again' };
      case 'apologise':
        return { type: 'say-and-hang-up', text: APOLOGY };
    }
  };

  /** R3: a call that another process has, or had; null where it is not to be had. */
  const comeHere = async (callId: CallId): Promise<((line: Line) => LineListener) | null> => {
    const known = await records.takeUp(callId);
    if (known.is === 'ours' && calls.isUnknown(callId)) calls.takeUp(known.call, known);
    const bridge = calls.get(callId);
    return bridge === undefined ? null : (line) => bridge.attach(line);
  };

  const app = express();
  app.disable('x-powered-by');
  app.use(guardedAnswers);
  const http = createServer(app);
  const sockets = expressWs(app, http, {
    wsOptions: streamWsOptions({
      authToken: config.twilioAuthToken,
      webhookUrl: config.webhookUrl,
      // A call has one stream, and a second while the first is being replaced; those not started have a bound of their own.
      isFull: () => sockets.getWss().clients.size - unstarted.size >= 2 * config.maxCalls,
      onRefused: refuse,
    }),
  });
  // ws says the HTTP server's errors once more; with nobody listening that would be the end of the process.
  sockets.getWss().on('error', () => {});
  sockets.app.ws(PATHS.stream, (socket, request) => {
    const leave = unstarted.enter(addressOf(request), () => {
      refuse('stream-no-start', 'the oldest of too many without a start');
      socket.terminate();
    });
    socket.on('close', leave);
    acceptMediaStream(socket, {
      clock,
      onRefused: refuse,
      onBug: reportBug,
      onStart: ({ callId, token }, line) => {
        if (!tokens.verify(token, callId, clock.now())) return null;
        leave();
        return calls.get(callId)?.attach(line) ?? listenLater(line, comeHere(callId));
      },
    });
  });
  app.use(
    operatorRoutes({
      token: config.operatorToken,
      metrics,
      whyNotReady: () => {
        const reasons: Unready[] = [];
        if (calls.isDraining) reasons.push('draining');
        else if (calls.isFull) reasons.push('full');
        if (eventLoop.isOverloaded()) reasons.push('event loop behind');
        if (!isSpeechThere) reasons.push('Realtime unreachable');
        return reasons;
      },
      warnings: () => (records.state === 'ok' ? [] : [`store ${records.state}`]),
    }),
  );
  app.use(
    phoneRoutes({
      authToken: config.twilioAuthToken,
      webhookUrl: config.webhookUrl,
      ...(config.twilioAccountSid === '' ? {} : { accountSid: config.twilioAccountSid }),
      // New calls only: one that comes back from a lost stream is taken however late the loop is.
      onIncoming: (call) => {
        const isTooMuch = eventLoop.isOverloaded() && calls.get(call.id) === undefined;
        return answerTo(call, isTooMuch ? 'busy' : calls.begin(call));
      },
      onNext: async (call, { callStatus, dialled }) => {
        if (OVER.includes(callStatus)) {
          calls.over(call.id);
          return { type: 'hang-up' };
        }
        if (dialled !== 'answered' && calls.isUnknown(call.id)) {
          const known = await records.takeUp(call.id);
          if (known.is === 'theirs') return answerTo(call, 'ask-again');
          if (known.is === 'ended') calls.remember(call.id, known.reason);
          if (known.is === 'ours') calls.takeUp(known.call, known);
        }
        return answerTo(call, calls.next(call, dialled));
      },
      onTransferAnswered: (callId) => ({
        type: 'whisper',
        text: calls.get(callId)?.transferAnswered() ?? '',
      }),
      onStatus: ({ callId, callStatus, streamError }) => {
        if (streamError !== null) log.warn({ callId }, 'stream-error');
        if (callStatus !== null && OVER.includes(callStatus)) calls.over(callId);
      },
      onRefused: refuse,
      onBug: reportBug,
    }),
  );

  app.use(nothingHere, lastResort(reportBug));

  const warmed = Promise.withResolvers<void>();
  /** Has the fixed lines spoken that were not yet; that it dials shows whether Realtime is there. */
  const warm = async (): Promise<void> => {
    const isPending = (profile: Profile): boolean =>
      Object.values(linesOf(profile)).some((text) => text !== '' && !soundsOf(profile).has(text));
    const pending = profiles.all.filter(isPending);
    for (const profile of pending.length === 0 ? [profiles.default] : pending) {
      const dial = (onEvent: (event: SpeechEvent) => void): Speech => dialSpeech(profile, onEvent);
      const problem = await synthesise(linesOf(profile), soundsOf(profile), dial);
      if (problem !== null) {
        log.warn(
          { reason: problem },
          'Realtime could not be reached; check OPENAI_API_KEY and REALTIME_MODEL',
        );
        break;
      }
    }
    warmed.resolve();
  };
  let takeBackRetry = (): void => {};
  const warmLater = (): void => {
    takeBackRetry();
    if (!isClosed) takeBackRetry = clock.after(RETRY_SPEECH_MS, () => void warm());
  };
  let isClosed = false;

  return {
    calls,
    subscribe: (subscriber) => calls.subscribe(subscriber),
    warmed: warmed.promise,
    lookUpAgents: () => Promise.all(agents.all.map(({ agent }) => agent.lookUp())),
    listen: () =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(config.port, () => {
          const address = http.address();
          const port = typeof address === 'object' && address !== null ? address.port : config.port;
          log.info({ port, agents: agents.all.map(({ agent }) => agent.kind) }, 'listening');
          void warm();
          resolve(port);
        });
      }),
    drain: async () => {
      const canHandOver = isShared(config.databaseUrl) && calls.count > 0;
      await calls.drain(config.drainS * 1000, canHandOver);
      // Twilio may ask us what next with the last calls, until it is led to another process.
      if (canHandOver) await new Promise<void>((resolve) => clock.after(LINGER_MS, resolve));
    },
    close: async () => {
      isClosed = true;
      takeBackRetry();
      eventLoop.close();
      calls.close();
      for (const socket of sockets.getWss().clients) socket.terminate();
      const { promise, resolve } = Promise.withResolvers<void>();
      http.close(() => resolve());
      http.closeIdleConnections();
      await promise;
      await records.close();
    },
  };
}
