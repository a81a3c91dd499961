// All checks, in the order in which a call needs their subjects. Each runs by itself: every check that needs a wrong key
// reports it, and none of the others is hidden.
import { OpenAI } from 'openai';
import { isLoopback } from '../../call/loopback.ts';
import type { Agent, Clock } from '../../call/ports.ts';
import { twilioNumbers } from '../../phone/twilio-numbers.ts';
import { speechOf } from '../../relay/call-setup.ts';
import type { Setup } from '../../relay/read-setup.ts';
import { findKeptToken } from '../../store/kept-token.ts';
import { openSpeech } from '../../speech/speech.ts';
import { checkApiToken } from './api-token.ts';
import type { Check } from '../../call/check.ts';
import { fine } from './finding.ts';
import { checkAgent, checkKey, checkModels } from './openai.ts';
import { checkPublicUrl } from './public-url.ts';
import { checkRealtime } from './realtime.ts';
import { checkAccount, checkNumber } from './twilio.ts';
import { checkFirstWord, checkWait, type Waits } from './waits.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** Half of what a call allows: a person can run the check again. */
const RETRY_SPEECH_FOR_MS = 4_000;

export interface DoctorOptions {
  readonly agents: readonly { readonly id: string; readonly agent: Agent }[];
  readonly clock: Clock;
  readonly warning: string | null;
  /** Whether the agent may be asked a question, to measure it. */
  readonly asksAgent?: boolean;
  /** Whether a sentence may be spoken, which costs a little. */
  readonly spends?: boolean;
  /** Maps a public URL to where a test serves it. */
  readonly reach?: (url: string) => string;
}

/** Realtime, and what is measured by it. */
const SPENDING: ReadonlySet<string> = new Set(['Realtime', 'A caller waits']);

export function checksOf({ config, profiles }: Setup, options: DoctorOptions): readonly Check[] {
  const { agents, clock, warning, asksAgent = false, reach = (url) => url } = options;
  const waits: Waits = { transcriptMs: null, agentMs: null, voiceMs: null };
  const { vadSilenceMs } = config;
  const { accountSid, apiUrl } = { accountSid: config.twilioAccountSid, apiUrl: config.twilioApiUrl };
  const numbers =
    accountSid === ''
      ? null
      : twilioNumbers({
          accountSid,
          authToken: config.twilioAuthToken,
          apiUrl,
        });
  const client = new OpenAI({
    apiKey: config.openaiApiKey,
    baseURL: config.openaiBaseUrl,
    maxRetries: 1,
    timeout: REQUEST_TIMEOUT_MS,
    logLevel: 'off',
  });
  const all: readonly Check[] = [
    { name: 'Configuration', run: async () => fine('complete', warning) },
    { name: 'OpenAI key', run: () => checkKey(client) },
    ...agents.map(({ id, agent }) => ({ name: 'Agent', run: () => checkAgent(id, agent) })),
    { name: 'Models', run: () => checkModels(config, agents, clock) },
    {
      name: 'Realtime',
      run: () =>
        checkRealtime({
          clock,
          waits,
          vadSilenceMs,
          dial: (onEvent) =>
            openSpeech(
              { ...speechOf(config, profiles.default, clock), retryForMs: RETRY_SPEECH_FOR_MS },
              onEvent,
            ),
        }),
    },
    ...(asksAgent ? agents.slice(0, 1) : []).map(({ agent }) => ({
      name: 'First word',
      run: () => checkFirstWord(agent, clock, waits),
    })),
    { name: 'A caller waits', run: async () => checkWait(waits, vadSilenceMs) },
    {
      name: 'Public address',
      run: () =>
        checkPublicUrl({
          webhookUrl: config.webhookUrl,
          authToken: config.twilioAuthToken,
          accountSid,
          port: config.port,
          isTwilioPlayed: isLoopback(URL.parse(apiUrl)?.hostname ?? ''),
          reach,
        }),
    },
    {
      name: 'API token',
      run: async () =>
        checkApiToken({
          token: config.operatorToken || (await findKeptToken(config.databaseUrl)),
          isConfigured: config.operatorToken !== '',
          port: config.port,
        }),
    },
    { name: 'Twilio account', run: () => checkAccount(numbers) },
    {
      name: 'Number',
      run: () => checkNumber(numbers, config.twilioPhoneNumber, config.webhookUrl),
    },
  ];
  return options.spends === false ? all.filter(({ name }) => !SPENDING.has(name)) : all;
}
