// How the calls of a profile behave, hear and sound: the profile and the environment, put into the words of each side.
import type { BridgeSettings } from '../bridge/bridge-parts.ts';
import { treatmentOf } from '../call/caller-rules.ts';
import type { CallFacts } from '../call/call.ts';
import { asksAgent, NO_WISHES, type Wishes } from '../call/wishes.ts';
import { codeOf } from '../call/error-code.ts';
import { fixedLineTexts, type FixedLineTexts } from '../call/fixed-lines.ts';
import { isOpen } from '../call/hours.ts';
import type { Clock } from '../call/ports.ts';
import { type Config, ConfigError } from '../config/environment.ts';
import type { Profile, Profiles } from '../config/profiles.ts';
import {
  type OutboundSettings,
  parseAllowList,
  parseCountries,
  parseQuietHours,
} from '../outbound/fences/outbound-settings.ts';
import type { Wanted } from '../outbound/outcome/settling.ts';
import { startRecordings } from '../recording/choose-recordings.ts';
import type { Recordings } from '../recording/recordings.ts';
import { vadSilenceWithin } from '../speech/realtime-session.ts';
import type { SpeechOptions } from '../speech/speech.ts';

/** People who type think and read for longer than people who speak. */
const TYPIST_PATIENCE = 20;

/** The call's profile: by the dialled number, or as requested for an outbound call. */
export function profileFor(profiles: Profiles, { to, outbound }: CallFacts): Profile {
  if (outbound === undefined) return profiles.of(to);
  return profiles.all.find(({ name }) => name === outbound.assignment.profile) ?? profiles.default;
}

/** O6: whether the called number answers this caller. */
export function isWelcome(profiles: Profiles, call: CallFacts): boolean {
  return treatmentOf(profileFor(profiles, call).callers, call) !== 'reject';
}

/** How a call with this profile behaves, beginning at the instant `now`. */
export function settingsOf(
  config: Config,
  profile: Profile,
  call: CallFacts,
  { now, isBudgetSpent }: { readonly now: number; readonly isBudgetSpent: boolean },
): BridgeSettings {
  const maxMinutes = Math.min(config.maxCallMinutes, call.outbound?.assignment.maxMinutes ?? Infinity);
  return {
    bargeInMs: config.bargeInMs,
    vadSilenceMs: config.vadSilenceMs,
    fillerAfterMs: config.fillerAfterMs,
    agentStallMs: config.agentStallMs,
    agentTimeoutMs: config.agentTimeoutMs,
    maxFailedTurns: config.maxFailedTurns,
    silencePromptMs: config.silencePromptS * 1000 * (call.talk?.isTyped === true ? TYPIST_PATIENCE : 1),
    maxCallMs: maxMinutes * 60_000,
    firstWordWaitMs: config.firstWordWaitMs,
    lines: linesOf(config, profile),
    hasThinkingSound: profile.hasThinkingSound,
    transfers: profile.transfers,
    notesOff: new Set(profile.notesOff),
    speculate: profile.speculate,
    asksForResult: asksAgent(wishesFor(profile, call)),
    profile: profile.name,
    timeZone: profile.timeZone,
    closed: closedFor(profile, call, now, isBudgetSpent),
  };
}

/** Why no agent answers an inbound call, and who does; null where the agent does. */
function closedFor(
  { callers, hours, outside, overBudget, transfers }: Profile,
  call: CallFacts,
  now: number,
  isBudgetSpent: boolean,
): BridgeSettings['closed'] {
  // W2: somebody tries the agent, at any hour and from no number.
  if (call.talk !== undefined) return null;
  if (call.outbound === undefined && treatmentOf(callers, call) === 'say')
    return { line: 'unverified', transferTo: null };
  if (hours !== null && !isOpen(hours, now))
    return { line: 'closed', transferTo: outside.action === 'transfer' ? outside.to : null };
  if (isBudgetSpent && overBudget !== 'answer')
    return { line: 'over-budget', transferTo: overBudget === 'transfer' ? transfers.usual : null };
  return null;
}

/** What is wanted of the call once it is over. */
function wishesFor({ wishes }: Profile, { outbound, talk }: CallFacts): Wishes {
  // W2: somebody tries the agent.
  if (talk !== undefined) return NO_WISHES;
  if (outbound === undefined) return wishes;
  const { result, callbackUrl } = outbound.assignment;
  return { result, callbackUrl, summary: wishes.summary };
}

/** For whom, and what: as the callbacks name it. */
export function wantedOf(profiles: Profiles, call: CallFacts): Wanted {
  const profile = profileFor(profiles, call);
  return { profile: profile.name, wishes: wishesFor(profile, call) };
}

/** The texts of a profile's fixed lines. */
export function linesOf(
  config: Config,
  { greeting, lines, hours, callers, overBudget }: Profile,
): FixedLineTexts {
  return fixedLineTexts(greeting, {
    'recording-notice': config.recordingNotice,
    ...lines,
    // What no call can need is not synthesised.
    ...(hours === null ? { closed: '' } : {}),
    ...(callers.unverified === 'say' ? {} : { unverified: '' }),
    ...(config.dailyBudget === 0 || overBudget === 'answer' ? { 'over-budget': '' } : {}),
  });
}

/** How a profile hears and sounds. */
export function speechOf(config: Config, profile: Profile, clock: Clock): SpeechOptions {
  return {
    apiKey: config.openaiApiKey,
    baseUrl: config.openaiBaseUrl,
    model: config.realtimeModel,
    voice: profile.voice,
    speed: profile.speed,
    tone: profile.tone,
    transcriptionModel: config.transcriptionModel,
    language: profile.language === '' ? undefined : profile.language,
    hints: profile.hints,
    vad: {
      threshold: config.vadThreshold,
      silenceMs: vadSilenceWithin(config.vadSilenceMs),
      prefixMs: config.vadPrefixMs,
    },
    clock,
    retryForMs: config.speechRetryS * 1000,
  };
}

/** Who may be called, when, and how much. */
export function outboundLimits(config: Config): OutboundSettings {
  return {
    allow: parseAllowList(config.outboundAllow),
    countries: parseCountries(config.outboundAllow),
    doNotCallFile: config.doNotCallFile,
    quietHours: parseQuietHours(config.quietHours),
    callsPerDay: config.outboundPerDay,
    minutesPerDay: config.outboundMinutesPerDay,
  };
}

/**
 * null where RECORDINGS_DIR is not set.
 *
 * @throws {ConfigError} if it cannot be written to.
 */
export async function openRecordings(
  { recordingsDir, aws, retentionDays }: Config,
  clock: Clock,
  log: (line: string) => void,
): Promise<Recordings | null> {
  if (recordingsDir === '') return null;
  try {
    return await startRecordings(recordingsDir, { clock, s3: aws, retentionDays, log });
  } catch (error) {
    const code = codeOf(error) ?? 'no code';
    throw new ConfigError([
      `RECORDINGS_DIR cannot be written to (${code}). Check that the path exists and who owns it.`,
    ]);
  }
}
