// Reads what a relay starts with: the environment, and the files that it names. Throws one ConfigError that names every
// problem.
import { readFileSync } from 'node:fs';
import type { AgentPlaces } from '../agent/agent-kind.ts';
import { problemWithAgentId } from '../agent/kinds.ts';
import { type Config, ConfigError, readConfig } from '../config/environment.ts';
import { isRecord } from '../call/json.ts';
import { LIST_PRICES, parsePrices, type PriceTable } from '../call/prices.ts';
import { compiled } from '../outbound/outcome/result-schema.ts';
import { problemWithBounds, type ResultSchema } from '../outbound/outcome/schema-bounds.ts';
import { problemWithAllowList, problemWithQuietHours } from '../outbound/fences/outbound-settings.ts';
import { type ShownVariable, shownVariables } from '../config/shown-variables.ts';
import { loadProfiles, type Profiles } from '../config/profiles.ts';
import { problemWithRecordingsDir } from '../recording/choose-recordings.ts';
import { voiceLimits } from '../speech/voice-limits.ts';
import { isInMemory, problemWithDatabaseUrl } from '../store/choose-store.ts';

export interface Setup {
  /** As they may be shown. */
  readonly variables: readonly ShownVariable[];
  readonly config: Config;
  readonly profiles: Profiles;
  /** The instructions of agents that bring none of their own, by the path that names them. */
  readonly instructions: ReadonlyMap<string, string>;
  /** With which the ledger of a call is counted. */
  readonly prices: PriceTable;
}

/** @throws {ConfigError} naming every problem at once. */
export function readSetup(env: Readonly<Record<string, string | undefined>>): Setup {
  const { config, problems: found } = readConfig(env, problemWithAgentId);
  const problems = [...found];
  const problem = problemWithDatabaseUrl(config.databaseUrl);
  if (problem !== null) problems.push(`DATABASE_URL ${problem}`);
  if (config.processes > 1 && isInMemory(config.databaseUrl))
    problems.push('PROCESSES is more than 1, which need a database that they share: not one in memory.');
  problems.push(...problemsWithCallingOut(config));
  const recordingsProblem = problemWithRecordingsDir(config.recordingsDir, config.aws);
  if (recordingsProblem !== null) problems.push(`RECORDINGS_DIR ${recordingsProblem}`);
  const profiles = readProfiles(config, problems);
  const prices = readPrices(config.pricesFile, problems);
  const instructions = new Map<string, string>();
  for (const { name, instructionsFile: path } of profiles?.all ?? []) {
    if (path === '' || instructions.has(path)) continue;
    const namedBy = path === config.agentInstructionsFile ? 'AGENT_INSTRUCTIONS_FILE' : `The profile ${name}`;
    const text = read(path, namedBy, problems);
    instructions.set(path, text ?? '');
  }
  if (profiles === null || problems.length > 0) throw new ConfigError(problems);
  return { config, profiles, instructions, prices, variables: shownVariables(env) };
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
      problemWithResult,
      problemWithCallback: (url) => problemWithCallback(url, config),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** At the start nobody is on the line, so that compiling may take its time here. */
function problemWithResult(schema: unknown): string | null {
  const problem = problemWithBounds(schema);
  if (problem !== null || !isSchema(schema)) return problem;
  const own = compiled(schema);
  return 'problem' in own ? own.problem : null;
}

function isSchema(schema: unknown): schema is ResultSchema {
  return isRecord(schema);
}

function problemWithCallback(url: unknown, config: Config): string | null {
  const { protocol, username, password } = (typeof url === 'string' ? URL.parse(url) : null) ?? {};
  const isAllowed = protocol === 'https:' || (protocol === 'http:' && config.callbackAllowPrivate);
  if (!isAllowed || username !== '' || password !== '')
    return 'must be an https:// address without a user name.';
  return config.callbackSecret === '' ? 'needs CALLBACK_SECRET: callbacks are signed.' : null;
}

function readPrices(path: string, problems: string[]): PriceTable {
  const text = path === '' ? null : read(path, 'PRICES', problems);
  if (text === null) return LIST_PRICES;
  const { data, problem } = parsePrices(text);
  if (problem !== null) problems.push(`PRICES names "${path}", ${problem}`);
  return data;
}

function read(path: string, namedBy: string, problems: string[]): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    problems.push(`${namedBy} names "${path}", which cannot be read. Check the path.`);
    return null;
  }
}
