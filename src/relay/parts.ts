// The relay's parts, made in the order in which they need each other and joined. A part that needs one made later gets it in
// a function.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { LiveCalls } from '../bridge/live-calls.ts';
import { Talks, type TalksOptions } from '../browser/talks.ts';
import type { CallId, RefusedInput } from '../call/call.ts';
import { isLoopback } from '../call/loopback.ts';
import type { Agent, Clock } from '../call/ports.ts';
import type { Config } from '../config/environment.ts';
import type { Profiles } from '../config/profiles.ts';
import { identityCheck } from '../http/access.ts';
import { EventLoop } from '../operator/telemetry/event-loop.ts';
import { plainError } from '../operator/telemetry/log.ts';
import { createMetrics, type Metrics } from '../operator/telemetry/metrics.ts';
import type { Tracing } from '../operator/telemetry/tracing.ts';
import type { Siblings } from '../cluster/siblings.ts';
import { Phone, type PhoneOptions } from '../phone/phone.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { TokenStore } from '../store/kept-token.ts';
import { chooseStore } from '../store/choose-store.ts';
import { Agents } from './agents.ts';
import { isWelcome, outboundLimits, profileFor, settingsOf, wantedOf } from './call-setup.ts';
import { operatorToken } from './operator-token.ts';
import type { Setup } from './read-setup.ts';
import { moneyOf } from './money.ts';
import { Switchboard, type SwitchboardParts } from './switchboard.ts';
import { TalkCalls } from './talk-desk.ts';
import { Voices } from './voices.ts';

/** Optional recordings and traces; they begin with `listen`. */
interface Kept {
  recordings: Recordings | null;
  tracing: Tracing | null;
}

export interface Means {
  readonly clock: Clock;
  readonly log: Logger;
  readonly warn: (line: string, callId?: CallId) => void;
  /** Agents that were passed in, by their IDs. */
  readonly own: Readonly<Record<string, Agent>>;
  /** This machine's other relay processes. */
  readonly siblings: Siblings;
}

interface Measured {
  readonly kept: Kept;
  readonly phone: Phone;
  readonly talks: Talks;
  readonly switchboard: Switchboard;
  readonly eventLoop: EventLoop;
}

export function partsOf(setup: Setup, { clock, log, warn, own, siblings }: Means) {
  const { config, profiles } = setup;
  const kept: Kept = { recordings: null, tracing: null };
  const store = chooseStore(config.databaseUrl, config.storeTranscripts);
  const { operator, access } = accessOf(config, store, log, clock);
  const onRefused = (kind: RefusedInput, detail: string): void => {
    metrics.countRefused(kind);
    log.warn({ kind, detail }, 'input-refused');
  };
  const reportBug = (error: unknown): void => log.error({ err: plainError(error) }, 'bug-found');
  const agents = new Agents(setup, clock, warn, own);
  const voices = voicesOf(setup, clock, log, (callId) => switchboard.outbound.out.profileOf(callId));
  const eventLoop = eventLoopOf(config, clock);
  const phone = phoneOf(config, () => switchboard.calls, siblings, { clock, log, onRefused, reportBug });
  const talks = talksOf(setup, () => switchboard.calls, siblings, {
    clock,
    identify: identityCheck(access),
    onRefused,
    onBug: reportBug,
  });
  const switchboard = new Switchboard({
    clock,
    store,
    ownerId: randomUUID(),
    maxCalls: config.maxCalls,
    siblings,
    drainMs: config.drainS * 1000,
    bridge: (call) => {
      const profile = profileFor(profiles, call);
      return {
        agent: agents.of(profile),
        sounds: voices.soundsOf(profile),
        openSpeech: (onEvent) => voices.ringing.answer(call.id, onEvent) ?? voices.dial(profile, onEvent),
        settings: settingsOf(config, profile, call, {
          now: clock.now(),
          isBudgetSpent: money.spending.isSpent,
        }),
        tape: kept.recordings?.begin(call.id) ?? null,
        carrier: phone.carrierOf(call),
      };
    },
    records: recordsOf(setup),
    outbound: {
      ...callingOut(setup, phone),
      agentOf: (call) => agents.of(profileFor(profiles, call)),
      onBug: reportBug,
    },
    ...welcomeOf(profiles, () => metrics),
    isOverloaded: () => eventLoop.isOverloaded(),
    log: warn,
  });
  switchboard.subscribe(voices.ringing.take);
  const talkCalls = new TalkCalls({ clock, switchboard, siblings, talks, eventLoop, onBug: reportBug });
  const metrics = metricsOf({ kept, phone, talks, switchboard, eventLoop });
  const money = moneyOf(setup, { clock, store, phone, switchboard, metrics, warn });
  return {
    clock,
    warn,
    onRefused,
    reportBug,
    agents,
    voices,
    eventLoop,
    phone,
    talks,
    talkCalls,
    operator,
    access,
    store,
    siblings,
    switchboard,
    metrics,
    money,
    kept,
  };
}

function voicesOf(
  setup: Setup,
  clock: Clock,
  log: Logger,
  profileOf: (callId: CallId) => string | null,
): Voices {
  const onUnreachable = (reason: string): void =>
    log.warn({ reason }, 'Could not reach Realtime; check OPENAI_API_KEY and REALTIME_MODEL');
  return new Voices({ ...setup, clock, profileOf, onUnreachable });
}

function eventLoopOf({ maxLoopDelayMs }: Config, clock: Clock): EventLoop {
  return new EventLoop({ clock, limitMs: maxLoopDelayMs === 0 ? Infinity : maxLoopDelayMs });
}

function welcomeOf(
  profiles: Profiles,
  metrics: () => Metrics,
): Pick<SwitchboardParts, 'isWelcome' | 'onUnwelcome'> {
  return {
    isWelcome: (call) => isWelcome(profiles, call),
    onUnwelcome: () => metrics().countRefused('caller'),
  };
}

function recordsOf({ config, prices }: Setup): SwitchboardParts['records'] {
  return { keepsWords: config.storeTranscripts, retentionDays: config.retentionDays, prices };
}

function callingOut(
  { config, profiles }: Setup,
  phone: Phone,
): Omit<SwitchboardParts['outbound'], 'agentOf' | 'onBug'> {
  return {
    from: phone.canCommand ? config.twilioPhoneNumber : '',
    limits: outboundLimits(config),
    callbacks: { secret: config.callbackSecret, allowPrivate: config.callbackAllowPrivate },
    place: (call) => phone.place(call),
    hangUp: (sid) => phone.hangUp(sid),
    wantedOf: (call) => wantedOf(profiles, call),
    publicUrl: config.webhookUrl,
  };
}

function accessOf(config: Config, store: TokenStore, log: Logger, clock: Clock) {
  const operator = operatorToken(config, store, log);
  return { operator, access: { token: operator.value, clock, publicUrl: config.webhookUrl } };
}

function metricsOf({ kept, phone, talks, switchboard, eventLoop }: Measured): Metrics {
  return createMetrics(() => switchboard.calls.count, {
    eventLoop,
    store: switchboard.records.writer,
    unstartedStreams: () => phone.unstartedStreams,
    undelivered: () => switchboard.calls.undelivered,
    dialQueue: switchboard.outbound.queue,
    unrecordedMs: () => kept.recordings?.lostMs ?? 0,
    mostUnsentBytes: () => Math.max(phone.mostUnsentBytes, talks.mostUnsentBytes),
  });
}

function talksOf(
  { config, profiles }: Setup,
  calls: () => LiveCalls,
  siblings: Siblings,
  means: Pick<TalksOptions, 'clock' | 'identify' | 'onRefused' | 'onBug'>,
): Talks {
  return new Talks({
    ...means,
    isLeaving: () => calls().isLeaving,
    hasCall: (callId) => calls().has(callId),
    passOn: siblings.areThere ? siblings.passOn.bind(siblings) : null,
    publicUrl: config.webhookUrl,
    isPlayed: isLoopback(new URL(config.openaiBaseUrl).hostname),
    profiles: profiles.all.map(({ name }) => name),
  });
}

function phoneOf(
  config: Config,
  calls: () => LiveCalls,
  siblings: Siblings,
  means: Pick<PhoneOptions, 'clock' | 'onRefused'> & {
    readonly log: Logger;
    readonly reportBug: (error: unknown) => void;
  },
): Phone {
  const { clock, log, onRefused, reportBug } = means;
  return new Phone({
    clock,
    onRefused,
    onBug: reportBug,
    isLeaving: () => calls().isLeaving,
    hasCall: (callId) => calls().has(callId),
    passOn: siblings.areThere ? siblings.passOn.bind(siblings) : null,
    authToken: config.twilioAuthToken,
    sharedKeys: config.twilioSharedKeys,
    accountSid: config.twilioAccountSid,
    apiUrl: config.twilioApiUrl,
    webhookUrl: config.webhookUrl,
    maxCalls: config.maxCalls,
    onNotTold: (callId, error) =>
      log.warn(
        { callId, err: plainError(error) },
        'Could not command Twilio; closing the stream leads to the same step',
      ),
  });
}
