// The environment, read once into one frozen Config; nothing else reads it. `.env.example` and the table in
// docs/configuration.md follow the order of the reads below; a test compares the three.
import { availableParallelism } from 'node:os';
import { isTimeZone } from '../call/hours.ts';
import { NOTE_KINDS } from '../call/notes.ts';
import { phoneNumber } from '../call/phone-number.ts';
import { EnvReader, type Environment } from './env-reader.ts';

/** `flex` is too slow for a voice. */
const SERVICE_TIERS = ['', 'auto', 'default', 'fast', 'priority', 'ultrafast'] as const;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Beyond, the primary's questions would cost more than the cores bring. */
const MOST_PROCESSES = 64;

const RETIRED: Readonly<Record<string, string>> = {
  NOTES_OFF: 'Give the number "notesOff" in profiles.json.',
  RECORDING_NOTICE: 'Give the profile "lines": { "recording-notice": "…" } in profiles.json.',
  VAD_PREFIX_MS: 'It will always be 300.',
  AGENT_STALL_MS: 'It will be 10 s, or half of AGENT_TIMEOUT_MS if that is longer.',
  MAX_FAILED_TURNS: 'It will always be 3.',
  MAX_LOOP_DELAY_MS: 'It will always be 250.',
  SPEECH_RETRY_S: 'It will always be 8.',
  OUTBOUND_COUNTRIES: 'List the countries in OUTBOUND_ALLOW, such as OUTBOUND_ALLOW=US,CA.',
  FIRST_WORD_WAIT_MS: 'It will always be 4000.',
  TIME_ZONE: 'Set TZ, or give the number "timeZone" in profiles.json.',
  AWS_SESSION_TOKEN: 'Use an access key that does not expire.',
};

export type Config = Readonly<ReturnType<typeof readAll>> & {
  /** One sentence for each variable that the next version ignores, and for each whose name looks misspelt. */
  readonly warnings: readonly string[];
};

export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Agent's rule for IDs: returns the end of a sentence about the ID, or null if it can be used at these addresses. */
export type AgentIdCheck = (
  id: string,
  places: { readonly openaiBaseUrl: string; readonly agentBaseUrl: string },
) => string | null;

/** The configuration and everything that is wrong with it. With problems, only further checks may use it. */
export function readConfig(
  env: Environment,
  problemWithAgentId: AgentIdCheck,
): { readonly config: Config; readonly problems: readonly string[] } {
  const reader = new EnvReader(env, RETIRED);
  const config = readAll(reader);
  const problem = config.agentId === '' ? null : problemWithAgentId(config.agentId, config);
  const problems = [...reader.problems, ...(problem === null ? [] : [`AGENT_WORKFLOW_ID ${problem}`])];
  const warnings = [...reader.warnings, ...reader.misspelt];
  return { config: Object.freeze({ ...config, warnings }), problems };
}

/** @throws {ConfigError} naming every problem at once. */
export function loadConfig(env: Environment, problemWithAgentId: AgentIdCheck): Config {
  const { config, problems } = readConfig(env, problemWithAgentId);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * What a command needs that only talks with OpenAI, before there is an agent or a number.
 *
 * @throws {ConfigError} naming every problem at once.
 */
export function loadOpenAiAccess(env: Environment): { openaiApiKey: string; openaiBaseUrl: string } {
  const reader = new EnvReader(env, RETIRED);
  const access = { openaiApiKey: readOpenAiKey(reader), openaiBaseUrl: readOpenAiBaseUrl(reader) };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return access;
}

/**
 * All that the primary of several processes needs to know: how many, and how long live calls have once they stop. Where that
 * is set wrongly it is one process, which then says what is wrong.
 */
export function readProcesses(env: Environment): { readonly processes: number; readonly drainMs: number } {
  const reader = new EnvReader(env, RETIRED);
  const processes = readProcessCount(reader);
  const drainMs = readDrainS(reader) * 1000;
  return { processes: reader.problems.length > 0 ? 1 : processes, drainMs };
}

/** Every variable in the order of `.env.example`; `fallback` is null if it must be set. */
export function variables(): readonly { readonly name: string; readonly fallback: string | null }[] {
  const reader = new EnvReader({}, RETIRED);
  readAll(reader);
  return reader.variables;
}

function readAll(read: EnvReader) {
  return { ...readAccess(read), ...readConversation(read), ...readLimits(read), ...readOperation(read) };
}

function readAccess(read: EnvReader) {
  return {
    openaiApiKey: readOpenAiKey(read),
    agentId: read.needed(
      'AGENT_WORKFLOW_ID',
      'It is the ID of your published agent, or "model:" and the name of a model.',
    ),
    agentInstructionsFile: read.text('AGENT_INSTRUCTIONS_FILE', ''),
    agentBaseUrl: read.baseUrlWithQuery('AGENT_BASE_URL'),
    agentApiKey: read.text('AGENT_API_KEY', '', problemWithKey),
    agentHeaders: read.headers('AGENT_HEADERS'),
    azure: readAzure(read),
    twilioAccountSid: read.text('TWILIO_ACCOUNT_SID', '', (sid) =>
      sid === '' || /^AC[0-9a-f]{32}$/i.test(sid)
        ? null
        : 'must be "AC" and 32 hexadecimal digits, or empty.',
    ),
    twilioAuthToken: read.needed(
      'TWILIO_AUTH_TOKEN',
      'Copy it from "Account Info" at https://console.twilio.com.',
      problemWithKey,
    ),
    twilioSharedKeys: read.listOf('TWILIO_SHARED_KEY_SECRET'),
    twilioPhoneNumber: read.text('TWILIO_PHONE_NUMBER', '', problemWithPhoneNumber),
    webhookUrl: read
      .needed(
        'WEBHOOK_URL',
        'It is the public address of this relay, such as https://my-relay.fly.dev.',
        problemWithWebhookUrl,
      )
      .replace(/\/$/, '')
      .toLowerCase(),
    port: read.whole('PORT', 5000, 0, 65_535),
    openaiBaseUrl: readOpenAiBaseUrl(read),
    twilioApiUrl: read.baseUrl('TWILIO_API_URL'),
  };
}

/** Client credentials of Microsoft Entra, by the names that Azure's own SDKs read; null unless all three are set. */
function readAzure(read: EnvReader) {
  const given = {
    tenantId: read.text('AZURE_TENANT_ID', '', problemWithKey),
    clientId: read.text('AZURE_CLIENT_ID', '', problemWithKey),
    clientSecret: read.text('AZURE_CLIENT_SECRET', '', problemWithKey),
  };
  const authorityHost = read.baseUrl('AZURE_AUTHORITY_HOST', 'https://login.microsoftonline.com');
  return Object.values(given).includes('') ? null : { ...given, authorityHost };
}

function readOpenAiKey(read: EnvReader): string {
  const hint = 'Create one at https://platform.openai.com/api-keys; agent and voice use it.';
  return read.needed('OPENAI_API_KEY', hint, problemWithKey);
}

function readOpenAiBaseUrl(read: EnvReader): string {
  return read.baseUrl('OPENAI_BASE_URL', 'https://api.openai.com/v1');
}

function readConversation(read: EnvReader) {
  return {
    realtimeModel: read.text('REALTIME_MODEL', 'gpt-realtime-2.1-mini'),
    realtimeVoice: read.text('REALTIME_VOICE', 'marin'),
    transcriptionModel: read.text('TRANSCRIPTION_MODEL', 'gpt-transcribe', problemWithTranscriber),
    language: read.text('LANGUAGE', '', (language) =>
      language === '' || /^[a-z]{2}$/.test(language)
        ? null
        : 'must be two letters, such as en or de, or empty.',
    ),
    greeting: read.text('GREETING', ''),
    timeZone: read.text('TIME_ZONE', '', (zone) =>
      zone === '' || isTimeZone(zone)
        ? null
        : 'must be the name of a time zone, such as America/New_York, or empty.',
    ),
    profilesFile: read.text('PROFILES', ''),
    notesOff: read.someOf('NOTES_OFF', NOTE_KINDS),
    vadThreshold: read.number('VAD_THRESHOLD', 0.5, 0, 1),
    vadSilenceMs: read.whole('VAD_SILENCE_MS', 700, 100, 5000),
    vadPrefixMs: read.whole('VAD_PREFIX_MS', 300, 0, 2000),
    bargeInMs: read.whole('BARGE_IN_MS', 400, 0, 5000),
    fillerAfterMs: read.whole('FILLER_AFTER_MS', 2500, 100, 60_000),
    ...readAgentTimes(read),
    serviceTier: read.oneOf('AGENT_SERVICE_TIER', '', SERVICE_TIERS),
    maxFailedTurns: read.whole('MAX_FAILED_TURNS', 3, 1, 100),
    transferNumber: read.text('TRANSFER_NUMBER', '', problemWithPhoneNumber),
    silencePromptS: read.whole('SILENCE_PROMPT_S', 15, 0, 600),
  };
}

function readAgentTimes(read: EnvReader) {
  const agentTimeoutMs = read.whole('AGENT_TIMEOUT_MS', 20_000, 500, 300_000);
  const usualStallMs = Math.max(10_000, agentTimeoutMs / 2);
  return { agentTimeoutMs, agentStallMs: read.whole('AGENT_STALL_MS', 0, 0, 300_000) || usualStallMs };
}

function readLimits(read: EnvReader) {
  return {
    maxCallMinutes: read.whole('MAX_CALL_MINUTES', 60, 1, 1440),
    maxCalls: read.whole('MAX_CALLS', 100, 1, 10_000),
    processes: readProcessCount(read),
    maxLoopDelayMs: read.whole('MAX_LOOP_DELAY_MS', 250, 0, 60_000),
    drainS: readDrainS(read),
    speechRetryS: read.whole('SPEECH_RETRY_S', 8, 1, 60),
  };
}

/** Heroku sets WEB_CONCURRENCY by the memory of a dyno. */
function readProcessCount(read: EnvReader): number {
  const value = read.text('PROCESSES', '1', problemWithProcesses, 'WEB_CONCURRENCY');
  return value === 'auto' ? Math.min(availableParallelism(), MOST_PROCESSES) : Number(value);
}

function readDrainS(read: EnvReader): number {
  return read.whole('DRAIN_S', 25, 0, 300);
}

function readOperation(read: EnvReader) {
  return {
    databaseUrl: read.text('DATABASE_URL', ''),
    retentionDays: read.whole('RETENTION_DAYS', 30, 0, 3650),
    storeTranscripts: read.flag('STORE_TRANSCRIPTS', '1'),
    operatorToken: read.text('OPERATOR_TOKEN', ''),
    metricsPublic: read.flag('METRICS_PUBLIC', '0'),
    outboundAllow: read.text('OUTBOUND_ALLOW', '') || read.text('OUTBOUND_COUNTRIES', ''),
    doNotCallFile: read.text('DO_NOT_CALL_FILE', ''),
    quietHours: read.text('QUIET_HOURS', '21:00-08:00'),
    outboundPerDay: read.whole('OUTBOUND_PER_DAY', 100, 1, 1_000_000),
    outboundMinutesPerDay: read.whole('OUTBOUND_MINUTES_PER_DAY', 600, 1, 1_000_000),
    firstWordWaitMs: read.whole('FIRST_WORD_WAIT_MS', 4000, 0, 60_000),
    dailyBudget: read.number('DAILY_BUDGET', 0, 0, 1_000_000),
    maxCallCost: read.number('MAX_CALL_COST', 0, 0, 10_000),
    pricesFile: read.text('PRICES', ''),
    callbackSecret: read.text('CALLBACK_SECRET', ''),
    callbackAllowPrivate: read.flag('CALLBACK_ALLOW_PRIVATE', '0'),
    recordingsDir: read.text('RECORDINGS_DIR', ''),
    recordingNotice: read.text('RECORDING_NOTICE', ''),
    aws: {
      region: read.text('AWS_REGION', ''),
      endpointUrl: read.baseUrl('AWS_ENDPOINT_URL'),
      accessKeyId: read.text('AWS_ACCESS_KEY_ID', ''),
      secretAccessKey: read.text('AWS_SECRET_ACCESS_KEY', ''),
      sessionToken: read.text('AWS_SESSION_TOKEN', ''),
    },
    otelEndpoint: read.baseUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
    logLevel: read.oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    logTranscripts: read.flag('LOG_TRANSCRIPTS', '0'),
  };
}

/** A key goes into an HTTP header, which takes no other characters. The value is not shown. */
function problemWithKey(value: string): string | null {
  return /^[\x21-\x7e]*$/.test(value)
    ? null
    : 'has a character that no key has, such as "…", a curly quote or a space: copy it again, whole.';
}

function problemWithProcesses(value: string): string | null {
  const count = Number(value);
  return value === 'auto' || (Number.isInteger(count) && count >= 1 && count <= MOST_PROCESSES)
    ? null
    : `must be a whole number from 1 to ${MOST_PROCESSES}, or auto.`;
}

function problemWithWebhookUrl(value: string): string | null {
  const url = URL.parse(value);
  const isHostOnly =
    url?.protocol === 'https:' && url.pathname === '/' && `${url.username}${url.search}${url.hash}` === '';
  return isHostOnly
    ? null
    : 'must be https:// and a host, without a path or query, such as https://my-relay.fly.dev.';
}

/** Without voice detection no utterance would ever end. */
function problemWithTranscriber(model: string): string | null {
  return /^(?:gpt-live-transcribe|gpt-realtime-whisper)(?:-|$)/.test(model)
    ? `is ${model}, which takes no voice detection, so that no utterance would ever end. Use gpt-transcribe.`
    : null;
}

function problemWithPhoneNumber(value: string): string | null {
  return value === '' || value === phoneNumber(value)
    ? null
    : 'must be a phone number such as +15551234567, or empty.';
}
