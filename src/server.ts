// Composition root: picks the adapters, mounts the routes, starts a Bridge for every call. Nothing happens until
// `listen`; the only module that knows all sides.
import { createServer } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import { pino, type Logger } from 'pino';
import { warningAboutAgentId } from './agent/choose-agent.ts';
import type { CallEvent, CallFacts, CallId, NextStep, RefusedInput } from './call/call.ts';
import { FixedLineSounds, synthesise } from './call/fixed-lines.ts';
import { isOpen } from './call/hours.ts';
import { LiveCalls } from './call/live-calls.ts';
import type { Clock, LookedUp, Speech, SpeechEvent } from './call/ports.ts';
import { systemClock } from './clock.ts';
import { logCallEvents } from './operator/log.ts';
import { createMetrics } from './operator/metrics.ts';
import { operatorRoutes } from './operator/routes.ts';
import { acceptMediaStream } from './phone/media-stream.ts';
import { StreamTokens } from './phone/stream-token.ts';
import { twilioApi } from './phone/twilio-api.ts';
import { type Answer, twimlFor } from './phone/twiml.ts';
import { streamWsOptions } from './phone/upgrade.ts';
import { PATHS, phoneUrls } from './phone/urls.ts';
import { phoneRoutes } from './phone/webhooks.ts';
import { type Profile, soundKey } from './profiles.ts';
import { Agents, linesOf, type Setup, speechOf } from './setup.ts';
import { openSpeech } from './speech/realtime-socket.ts';

const APOLOGY = "I'm sorry, something went wrong on our side. Please call again later. Goodbye.";
/** Statuses after which there is nobody to talk to. */
const OVER = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const RETRY_SPEECH_MS = 15_000;

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
        log.warn({ callId, err: error }, 'Twilio could not be told; the closed stream leads there');
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

  const closedNow = ({ hours, outside }: Profile): { transferTo: string | null } | null => {
    if (hours === null || isOpen(hours, clock.now())) return null;
    return { transferTo: outside.action === 'transfer' ? outside.to : null };
  };

  const calls = new LiveCalls({
    clock,
    maxCalls: config.maxCalls,
    bridge: (call) => {
      const profile = profiles.of(call.to);
      return {
        agent: agents.of(profile),
        sounds: soundsOf(profile),
        openSpeech: (onEvent) => dialSpeech(profile, onEvent),
        settings: {
          bargeInMs: config.bargeInMs,
          vadSilenceMs: config.vadSilenceMs,
          fillerAfterMs: config.fillerAfterMs,
          agentTimeoutMs: config.agentTimeoutMs,
          maxFailedTurns: config.maxFailedTurns,
          silencePromptMs: config.silencePromptS * 1000,
          maxCallMs: config.maxCallMinutes * 60_000,
          lines: linesOf(profile),
          transfers: profile.transfers,
          notesOff: new Set(config.notesOff),
          timeZone: profile.timeZone,
          closed: closedNow(profile),
        },
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
  const metrics = createMetrics(() => calls.count);
  calls.subscribe(metrics.count);
  calls.subscribe(logCallEvents(log, config.logTranscripts));

  const refuse = (kind: RefusedInput, detail: string): void => {
    metrics.countRefused(kind);
    log.warn({ kind, detail }, 'input-refused');
  };
  const reportBug = (error: unknown): void => log.error({ err: error }, 'bug-found');

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
      case 'apologise':
        return { type: 'say-and-hang-up', text: APOLOGY };
    }
  };

  const app = express();
  app.disable('x-powered-by');
  const http = createServer(app);
  const sockets = expressWs(app, http, {
    wsOptions: streamWsOptions({
      authToken: config.twilioAuthToken,
      webhookUrl: config.webhookUrl,
      // A call has one stream, and a second while the first is being replaced.
      isFull: () => sockets.getWss().clients.size >= 2 * config.maxCalls,
      onRefused: refuse,
    }),
  });
  // ws says the HTTP server's errors once more; with nobody listening that would be the end of the process.
  sockets.getWss().on('error', () => {});
  sockets.app.ws(PATHS.stream, (socket) => {
    acceptMediaStream(socket, {
      clock,
      onRefused: refuse,
      onBug: reportBug,
      onStart: ({ callId, token }, line) => {
        if (!tokens.verify(token, callId, clock.now())) return null;
        return calls.get(callId)?.attach(line) ?? null;
      },
    });
  });
  app.use(
    operatorRoutes({
      token: config.operatorToken,
      metrics,
      whyNotReady: () => {
        if (calls.isDraining) return 'draining';
        if (calls.isFull) return 'full';
        return isSpeechThere ? null : 'Realtime unreachable';
      },
    }),
  );
  app.use(
    phoneRoutes({
      authToken: config.twilioAuthToken,
      webhookUrl: config.webhookUrl,
      ...(config.twilioAccountSid === '' ? {} : { accountSid: config.twilioAccountSid }),
      onIncoming: (call) => answerTo(call, calls.begin(call)),
      onNext: (call, { callStatus, dialled }) => {
        if (!OVER.includes(callStatus)) return answerTo(call, calls.next(call, dialled));
        calls.over(call.id);
        return { type: 'hang-up' };
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
    drain: () => calls.drain(config.drainS * 1000),
    close: () => {
      isClosed = true;
      takeBackRetry();
      calls.close();
      for (const socket of sockets.getWss().clients) socket.terminate();
      return new Promise((resolve) => {
        http.close(() => resolve());
        http.closeIdleConnections();
      });
    },
  };
}
