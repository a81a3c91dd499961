// The environment, read once into one frozen Config; the only reader of the environment. Every problem is named at
// once, each with what to do about it. `.env.example` and the table in docs/configuration.md follow the order of the reads below; a test
// holds the three together.

/** Kinds of notes to the agent, as call/notes.ts has them. */
const NOTE_KINDS = ['context', 'interrupted', 'keys', 'silence', 'transfer', 'handed-over'] as const;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type Config = Readonly<ReturnType<typeof readAll>>;

/** Thrown when the environment cannot be used; `problems` are sentences for whoever starts the relay. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** What is wrong with an agent's ID where these are its places, as the end of a sentence; null when it is fine. */
export type AgentIdCheck = (
  id: string,
  places: { readonly openaiBaseUrl: string; readonly agentBaseUrl: string },
) => string | null;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment.
 *
 * @param problemWithAgentId the rule for an agent's ID is agent/'s.
 * @throws {ConfigError} naming every problem at once.
 */
export function loadConfig(env: Environment, problemWithAgentId: AgentIdCheck): Config {
  const reader = new Reader(env);
  const config = readAll(reader, problemWithAgentId);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return Object.freeze(config);
}

/** Every variable there is, in the order of `.env.example`; `fallback` is null where it must be set. */
export function variables(): readonly { readonly name: string; readonly fallback: string | null }[] {
  const reader = new Reader({});
  readAll(reader, () => null);
  return reader.variables;
}

function readAll(read: Reader, problemWithAgentId: AgentIdCheck) {
  const config = {
    openaiApiKey: read.needed(
      'OPENAI_API_KEY',
      'Create one at https://platform.openai.com/api-keys; agent and voice use it.',
    ),
    agentId: read.needed(
      'AGENT_WORKFLOW_ID',
      'It is the ID of your published agent, or "model:" and the name of a model.',
    ),
    agentInstructionsFile: read.text('AGENT_INSTRUCTIONS_FILE', ''),
    agentBaseUrl: read.text('AGENT_BASE_URL', '', problemWithApiUrl).replace(/\/+$/, ''),
    agentApiKey: read.text('AGENT_API_KEY', ''),
    twilioAccountSid: read.text('TWILIO_ACCOUNT_SID', '', (sid) =>
      sid === '' || /^AC[0-9a-f]{32}$/i.test(sid)
        ? null
        : 'must be "AC" and 32 hexadecimal digits, or empty.',
    ),
    twilioAuthToken: read.needed(
      'TWILIO_AUTH_TOKEN',
      'Copy it from "Account Info" at https://console.twilio.com.',
    ),
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
    openaiBaseUrl: read
      .text('OPENAI_BASE_URL', 'https://api.openai.com/v1', problemWithApiUrl)
      .replace(/\/+$/, ''),
    twilioApiUrl: read.text('TWILIO_API_URL', '', problemWithApiUrl).replace(/\/+$/, ''),
    realtimeModel: read.text('REALTIME_MODEL', 'gpt-realtime-2.1-mini'),
    realtimeVoice: read.text('REALTIME_VOICE', 'marin'),
    transcriptionModel: read.text('TRANSCRIPTION_MODEL', 'gpt-transcribe'),
    language: read.text('LANGUAGE', '', (language) =>
      language === '' || /^[a-z]{2}$/.test(language)
        ? null
        : 'must be two letters, such as en or de, or empty.',
    ),
    greeting: read.text('GREETING', ''),
    timeZone: read.text('TIME_ZONE', '', problemWithTimeZone),
    profilesFile: read.text('PROFILES', ''),
    notesOff: read.someOf('NOTES_OFF', NOTE_KINDS),
    vadThreshold: read.number('VAD_THRESHOLD', 0.5, 0, 1),
    vadSilenceMs: read.whole('VAD_SILENCE_MS', 500, 100, 5000),
    vadPrefixMs: read.whole('VAD_PREFIX_MS', 300, 0, 2000),
    bargeInMs: read.whole('BARGE_IN_MS', 400, 0, 5000),
    fillerAfterMs: read.whole('FILLER_AFTER_MS', 2500, 100, 60_000),
    agentTimeoutMs: read.whole('AGENT_TIMEOUT_MS', 20_000, 500, 300_000),
    agentStallMs: read.whole('AGENT_STALL_MS', 10_000, 500, 300_000),
    maxFailedTurns: read.whole('MAX_FAILED_TURNS', 3, 1, 100),
    transferNumber: read.text('TRANSFER_NUMBER', '', problemWithPhoneNumber),
    silencePromptS: read.whole('SILENCE_PROMPT_S', 15, 0, 600),
    maxCallMinutes: read.whole('MAX_CALL_MINUTES', 60, 1, 1440),
    maxCalls: read.whole('MAX_CALLS', 100, 1, 10_000),
    maxLoopDelayMs: read.whole('MAX_LOOP_DELAY_MS', 250, 0, 60_000),
    drainS: read.whole('DRAIN_S', 25, 0, 300),
    speechRetryS: read.whole('SPEECH_RETRY_S', 8, 1, 60),
    databaseUrl: read.text('DATABASE_URL', ''),
    retentionDays: read.whole('RETENTION_DAYS', 30, 0, 3650),
    storeTranscripts: read.oneOf('STORE_TRANSCRIPTS', '1', ['0', '1']) === '1',
    operatorToken: read.text('OPERATOR_TOKEN', ''),
    outboundAllow: read.text('OUTBOUND_ALLOW', ''),
    outboundCountries: read.text('OUTBOUND_COUNTRIES', ''),
    doNotCallFile: read.text('DO_NOT_CALL_FILE', ''),
    quietHours: read.text('QUIET_HOURS', '21:00-08:00'),
    outboundPerDay: read.whole('OUTBOUND_PER_DAY', 100, 1, 1_000_000),
    outboundMinutesPerDay: read.whole('OUTBOUND_MINUTES_PER_DAY', 600, 1, 1_000_000),
    firstWordWaitMs: read.whole('FIRST_WORD_WAIT_MS', 4000, 0, 60_000),
    callbackSecret: read.text('CALLBACK_SECRET', ''),
    callbackAllowPrivate: read.oneOf('CALLBACK_ALLOW_PRIVATE', '0', ['0', '1']) === '1',
    recordingsDir: read.text('RECORDINGS_DIR', ''),
    recordingNotice: read.text('RECORDING_NOTICE', ''),
    aws: {
      region: read.text('AWS_REGION', ''),
      endpointUrl: read.text('AWS_ENDPOINT_URL', '', problemWithApiUrl).replace(/\/+$/, ''),
      accessKeyId: read.text('AWS_ACCESS_KEY_ID', ''),
      secretAccessKey: read.text('AWS_SECRET_ACCESS_KEY', ''),
      sessionToken: read.text('AWS_SESSION_TOKEN', ''),
    },
    otelEndpoint: read.text('OTEL_EXPORTER_OTLP_ENDPOINT', '', problemWithApiUrl).replace(/\/+$/, ''),
    logLevel: read.oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    logTranscripts: read.oneOf('LOG_TRANSCRIPTS', '0', ['0', '1']) === '1',
  };
  const problem = config.agentId === '' ? null : problemWithAgentId(config.agentId, config);
  if (problem !== null) read.problems.push(`AGENT_WORKFLOW_ID ${problem}`);
  return config;
}

/** What is wrong with a value, as the end of a sentence that begins with the variable's name; null when it is fine. */
type Check = (value: string) => string | null;

function problemWithWebhookUrl(value: string): string | null {
  const url = URL.parse(value);
  const isHostOnly =
    url?.protocol === 'https:' && url.pathname === '/' && `${url.username}${url.search}${url.hash}` === '';
  return isHostOnly
    ? null
    : 'must be https:// and a host, without a path or query, such as https://my-relay.fly.dev.';
}

function problemWithApiUrl(value: string): string | null {
  const url = URL.parse(value);
  const isBase =
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.search === '' && url.hash === '';
  return value === '' || isBase
    ? null
    : 'must be an http(s) URL without a query, such as https://api.openai.com/v1.';
}

function problemWithTimeZone(value: string): string | null {
  try {
    new Intl.DateTimeFormat('en', value === '' ? {} : { timeZone: value });
    return null;
  } catch {
    return 'must be the name of a time zone, such as America/New_York, or empty.';
  }
}

function problemWithPhoneNumber(value: string): string | null {
  return value === '' || /^\+[1-9]\d{6,14}$/.test(value)
    ? null
    : 'must be a phone number such as +15551234567, or empty.';
}

/** Takes values out of the environment and gathers what is wrong with them; what it then returns is never used. */
class Reader {
  readonly problems: string[] = [];
  readonly variables: { name: string; fallback: string | null }[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  needed(name: string, hint: string, check: Check = () => null): string {
    const value = this.#take(name, null);
    if (value === '') this.problems.push(`${name} is not set. ${hint}`);
    else this.#check(name, value, check);
    return value;
  }

  text(name: string, fallback: string, check: Check = () => null): string {
    const value = this.#take(name, fallback);
    this.#check(name, value, check);
    return value;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    return this.#number(name, fallback, least, most, 'a number', () => true);
  }

  whole(name: string, fallback: number, least: number, most: number): number {
    return this.#number(name, fallback, least, most, 'a whole number', Number.isInteger);
  }

  oneOf<const T extends string>(name: string, fallback: T, values: readonly T[]): T {
    const value = this.#take(name, fallback);
    const found = values.find((one) => one === value);
    if (found === undefined)
      this.problems.push(`${name} must be one of ${values.join(', ')}, but is "${value}".`);
    return found ?? fallback;
  }

  /** Names with commas between them; none where nothing is set. */
  someOf<const T extends string>(name: string, values: readonly T[]): readonly T[] {
    const given = this.#take(name, '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    const unknown = given.find((one) => !values.some((value) => value === one));
    if (unknown !== undefined)
      this.problems.push(`${name} may list ${values.join(', ')}, but has "${unknown}".`);
    return values.filter((value) => given.includes(value));
  }

  #number(
    name: string,
    fallback: number,
    least: number,
    most: number,
    kind: string,
    is: (value: number) => boolean,
  ) {
    const value = this.#take(name, String(fallback));
    const number = Number(value);
    if (!(number >= least && number <= most && is(number))) {
      this.problems.push(`${name} must be ${kind} from ${least} to ${most}, but is "${value}".`);
    }
    return number;
  }

  #check(name: string, value: string, check: Check): void {
    const problem = check(value);
    if (problem !== null) this.problems.push(`${name} ${problem}`);
  }

  #take(name: string, fallback: string | null): string {
    this.variables.push({ name, fallback });
    const given = (this.#env[name] ?? '').trim();
    return given === '' ? (fallback ?? '') : given;
  }
}
