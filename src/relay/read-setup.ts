// All that a relay is started with: the environment, and the files that it names. Read once, by whoever starts something;
// every problem is named at once.
import { readFileSync } from 'node:fs';
import type { AgentPlaces } from '../agent/agent-kind.ts';
import { chooseAgent, problemWithAgentId } from '../agent/kinds.ts';
import type { BridgeSettings } from '../bridge/bridge-parts.ts';
import { fixedLineTexts, type FixedLineTexts } from '../call/fixed-lines.ts';
import { isOpen } from '../call/hours.ts';
import type { CallFacts } from '../call/call.ts';
import type { Agent, Clock } from '../call/ports.ts';
import { systemClock } from '../call/system-clock.ts';
import { type Config, ConfigError, loadConfig } from '../config/environment.ts';
import { problemWithTracing } from '../operator/telemetry/tracing.ts';
import {
  type OutboundSettings,
  parseAllowList,
  parseCountries,
  parseQuietHours,
  problemWithAllowList,
  problemWithQuietHours,
} from '../outbound/fences/outbound-settings.ts';
import { loadProfiles, type Profile, type Profiles } from '../config/profiles.ts';
import { problemWithRecordingsDir } from '../recording/choose-recordings.ts';
import type { SpeechOptions } from '../speech/speech.ts';
import { voiceLimits } from '../speech/voice-limits.ts';
import { problemWithDatabaseUrl } from '../store/choose-store.ts';

export interface Setup {
  readonly config: Config;
  readonly profiles: Profiles;
  /** The instructions of agents that bring none of their own, by the path that names them. */
  readonly instructions: ReadonlyMap<string, string>;
}

/** @throws {ConfigError} naming every problem at once. */
export function readSetup(env: Readonly<Record<string, string | undefined>>): Setup {
  const config = loadConfig(env, problemWithAgentId);
  const problems: string[] = [];
  const problem = problemWithDatabaseUrl(config.databaseUrl);
  if (problem !== null) problems.push(`DATABASE_URL ${problem}`);
  problems.push(...problemsWithCallingOut(config));
  const recordingsProblem = problemWithRecordingsDir(config.recordingsDir, config.aws);
  if (recordingsProblem !== null) problems.push(`RECORDINGS_DIR ${recordingsProblem}`);
  const tracingProblem = problemWithTracing(config.otelEndpoint);
  if (tracingProblem !== null) problems.push(`OTEL_EXPORTER_OTLP_ENDPOINT ${tracingProblem}`);
  const profiles = readProfiles(config, problems);
  const instructions = new Map<string, string>();
  for (const { name, instructionsFile: path } of profiles?.all ?? []) {
    if (path === '' || instructions.has(path)) continue;
    const namedBy = path === config.agentInstructionsFile ? 'AGENT_INSTRUCTIONS_FILE' : `The profile ${name}`;
    const text = read(path, namedBy, problems);
    instructions.set(path, text ?? '');
  }
  if (profiles === null || problems.length > 0) throw new ConfigError(problems);
  return { config, profiles, instructions };
}

/** What a profile's few lines say. */
export function linesOf(config: Config, { greeting, lines, hours }: Profile): FixedLineTexts {
  const noticed = { 'recording-notice': config.recordingNotice, ...lines };
  return fixedLineTexts(greeting, hours === null ? { ...noticed, closed: '' } : noticed);
}

/** As whom a call is had: the number that was dialled tells, or the profile that a call out was asked for as. */
export function profileFor(profiles: Profiles, { to, outbound }: CallFacts): Profile {
  if (outbound === undefined) return profiles.of(to);
  return profiles.all.find(({ name }) => name === outbound.assignment.profile) ?? profiles.default;
}

/** Who may be called, when, and how much. */
export function outboundOf(config: Config): OutboundSettings {
  return {
    allow: parseAllowList(config.outboundAllow),
    countries: parseCountries(config.outboundAllow),
    doNotCallFile: config.doNotCallFile,
    quietHours: parseQuietHours(config.quietHours),
    callsPerDay: config.outboundPerDay,
    minutesPerDay: config.outboundMinutesPerDay,
  };
}

/** How a call with this profile behaves, beginning at the instant `now`. */
export function settingsOf(config: Config, profile: Profile, call: CallFacts, now: number): BridgeSettings {
  const maxMinutes = Math.min(config.maxCallMinutes, call.outbound?.assignment.maxMinutes ?? Infinity);
  const { hours, outside } = profile;
  const isClosed = hours !== null && !isOpen(hours, now);
  return {
    bargeInMs: config.bargeInMs,
    vadSilenceMs: config.vadSilenceMs,
    fillerAfterMs: config.fillerAfterMs,
    agentStallMs: config.agentStallMs,
    agentTimeoutMs: config.agentTimeoutMs,
    maxFailedTurns: config.maxFailedTurns,
    silencePromptMs: config.silencePromptS * 1000,
    maxCallMs: maxMinutes * 60_000,
    firstWordWaitMs: config.firstWordWaitMs,
    lines: linesOf(config, profile),
    transfers: profile.transfers,
    notesOff: new Set(profile.notesOff),
    profile: profile.name,
    timeZone: profile.timeZone,
    closed: isClosed ? { transferTo: outside.action === 'transfer' ? outside.to : null } : null,
  };
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
    vad: { threshold: config.vadThreshold, silenceMs: config.vadSilenceMs, prefixMs: config.vadPrefixMs },
    clock,
    retryForMs: config.speechRetryS * 1000,
  };
}

/** One agent for all profiles that have the same. */
export class Agents {
  readonly #setup: Setup;
  readonly #log: (line: string) => void;
  readonly #agents = new Map<string, { readonly id: string; readonly agent: Agent }>();

  constructor(setup: Setup, log: (line: string) => void) {
    this.#setup = setup;
    this.#log = log;
    for (const profile of setup.profiles.all) this.of(profile);
  }

  /** Each once, by its ID. */
  get all(): readonly { readonly id: string; readonly agent: Agent }[] {
    return [...this.#agents.values()];
  }

  of({ agentId, instructionsFile }: Profile): Agent {
    const key = JSON.stringify([agentId, instructionsFile]);
    const known = this.#agents.get(key);
    if (known !== undefined) return known.agent;
    const instructions = this.#setup.instructions.get(instructionsFile) ?? null;
    const agent = chooseAgent(agentId, {
      ...this.#setup.config,
      instructions,
      clock: systemClock,
      log: this.#log,
    });
    this.#agents.set(key, { id: agentId, agent });
    return agent;
  }
}

function problemsWithCallingOut(config: Config): string[] {
  const found = {
    OUTBOUND_ALLOW: problemWithAllowList(config.outboundAllow),
    QUIET_HOURS: problemWithQuietHours(config.quietHours),
  };
  return Object.entries(found).flatMap(([name, problem]) => (problem === null ? [] : [`${name} ${problem}`]));
}

function readProfiles(config: Config, problems: string[]): Profiles | null {
  const text = config.profilesFile === '' ? null : read(config.profilesFile, 'PROFILES', problems);
  if (text === null && config.profilesFile !== '') return null;
  const places: AgentPlaces = config;
  try {
    return loadProfiles(text, config, {
      voices: voiceLimits,
      problemWithAgentId: (id) => problemWithAgentId(id, places),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

function read(path: string, namedBy: string, problems: string[]): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    problems.push(`${namedBy} names "${path}", which cannot be read. Check the path.`);
    return null;
  }
}
