// What one kind of published agent has to say about itself. A folder of agent/ exports one such object, and kinds.ts
// lists it: that is all that adding a kind takes on this side of the port.
import { createRequire } from 'node:module';
import type * as openai from 'openai';
import { isLoopback } from '../call/loopback.ts';
import type { Agent, Clock } from '../call/ports.ts';
import { agentFetch } from './agent-fetch.ts';
import { headersFor, NO_CALL } from './agent-headers.ts';
import { limitedFetch } from './request-limits.ts';

const load = createRequire(import.meta.url);
/** 13 MB of which only agents behind an API of OpenAI's form need any. As the ES module, whose errors are those of `openai/error`. */
const sdk = (): typeof openai => load('openai/index.mjs');

export interface AgentKind {
  matches(id: string): boolean;
  /** Why an ID of this form cannot be used, as the end of a sentence that begins with where it stands; else null. */
  problem?(id: string, places: AgentPlaces): string | null;
  /** The agent behind an ID without a problem. Asks nothing of its API yet. */
  open(id: string, options: AgentOptions): Agent;
}

export interface AgentPlaces {
  readonly openaiBaseUrl: string;
  /** The server of the user's own agent (AGENT_BASE_URL); '' if none is set. */
  readonly agentBaseUrl: string;
}

export interface AgentOptions extends AgentPlaces {
  readonly openaiApiKey: string;
  /** The bearer token for the user's own agent (AGENT_API_KEY); '' if it wants none. Never OpenAI's key. */
  readonly agentApiKey: string;
  /** Sent to the user's own agent with every request (AGENT_HEADERS); a value may be a secret. */
  readonly agentHeaders: Readonly<Record<string, string>>;
  /** Which Microsoft Entra gives a token for the user's own agent; null for none. */
  readonly azure: EntraCredentials | null;
  readonly instructions: string | null;
  /** How long an agent may think before a byte of its answer, and between two (AGENT_TIMEOUT_MS). */
  readonly agentTimeoutMs: number;
  /** How fast OpenAI serves the agent (AGENT_SERVICE_TIER); '' or absent for as it was saved. */
  readonly serviceTier?: ServiceTier;
  /** In which the relay itself speaks for the agent: two letters; '' or absent for English. */
  readonly language?: string;
  readonly clock: Clock;
  /** For failures that the caller does not hear; no personal data. */
  readonly log: (line: string) => void;
  /** Only tests set it. */
  readonly requests?: Requests;
}

export interface EntraCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Without a final slash. */
  readonly authorityHost: string;
}

export type ServiceTier = '' | 'auto' | 'default' | 'fast' | 'priority' | 'ultrafast';

export interface Requests {
  readonly retries: number;
  readonly fetch?: typeof fetch;
}

/** How long a server may take to look something up in its own records. */
const RECORD_MS = 10_000;
/** The SDK's own timer, which knows no clock, must never be the first. */
const SDK_TIMEOUT_MS = 3_600_000;

/** The end of a problem whose ID leads nowhere. */
export const PUBLISH_INSTEAD =
  'Publish the agent with the Agents API and use its ID, or use "model:" and the name of a model.';

export function problemWithModel(id: string): string | null {
  return /^[a-z]+:\s*$/.test(id)
    ? 'names no model: write it after the colon, such as model:gpt-6-luna.'
    : null;
}

/** The same of the address of a server of the user's own. */
export function problemWithAddress(address: string): string | null {
  const url = URL.parse(address);
  if (url === null) return 'is no URL.';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a name or password: put the token into AGENT_API_KEY.';
  return url.protocol === 'https:' || isLoopback(url.hostname)
    ? null
    : 'must be https: what callers say would travel unencrypted.';
}

type ClientOptions = Pick<AgentOptions, 'clock' | 'agentTimeoutMs' | 'requests'>;

export function openaiClient(
  options: Pick<AgentOptions, 'openaiApiKey' | 'openaiBaseUrl'> & ClientOptions,
): openai.OpenAI {
  return clientOf(options.openaiApiKey, options.openaiBaseUrl, options);
}

/** `key` replaces AGENT_API_KEY, and is asked for with every request. */
export function compatibleClient(options: AgentOptions, key?: () => Promise<string>): openai.OpenAI {
  const headers = headersFor(options.agentHeaders, NO_CALL);
  return clientOf(key ?? options.agentApiKey, options.agentBaseUrl, options, headers);
}

function clientOf(
  apiKey: string | (() => Promise<string>),
  address: string,
  { clock, agentTimeoutMs, requests }: ClientOptions,
  defaultHeaders: Readonly<Record<string, string>> = {},
): openai.OpenAI {
  const [baseURL = '', query = ''] = address.split(/\/*\?/, 2);
  const limits = { clock, answerMs: agentTimeoutMs, recordMs: Math.min(RECORD_MS, agentTimeoutMs) };
  return new (sdk().OpenAI)({
    // The SDK refuses an empty key; a server that wants none ignores this one.
    apiKey: apiKey === '' ? 'none' : apiKey,
    baseURL: baseURL.replace(/\/+$/, ''),
    defaultQuery: Object.fromEntries(new URLSearchParams(query)),
    defaultHeaders,
    // Otherwise the SDK reads both from the environment and sends them to every server.
    organization: null,
    project: null,
    maxRetries: requests?.retries ?? 1,
    timeout: SDK_TIMEOUT_MS,
    fetch: limitedFetch(requests?.fetch ?? agentFetch, limits),
    // The SDK's own log would quote what the caller said.
    logLevel: 'off',
  });
}
