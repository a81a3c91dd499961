// The relay between both far ends, all in this process and over real sockets: what the demo, the tests and a newcomer
// stand on. The relay is built from the environment that it would be given, by the same rules.
import { pino, type Logger } from 'pino';
import type { CallEvent } from '../src/call/call.ts';
import type { Clock } from '../src/call/ports.ts';
import type { Config } from '../src/config/environment.ts';
import { systemClock } from '../src/call/system-clock.ts';
import { checksOf } from '../src/cli/doctor/doctor.ts';
import { Agents } from '../src/relay/agents.ts';
import { createRelay, type Relay, type RelayOptions } from '../src/relay/relay.ts';
import { readSetup } from '../src/relay/read-setup.ts';
import type { Caller } from './caller/caller.ts';
import { type OpenAiOptions, type OpenAiSandbox, startOpenAi } from './openai/openai.ts';
import type { Published } from './published.ts';
import type { Voice } from './voice/voice.ts';
import { type CallOptions, startTwilio, type TwilioOptions, type TwilioSandbox } from './twilio/twilio.ts';

/** Good in the sandbox, and nowhere else. */
export const SANDBOX_ENV = {
  OPENAI_API_KEY: 'sk-sandbox',
  AGENT_WORKFLOW_ID: 'agent_flowers',
  TWILIO_ACCOUNT_SID: `AC${'5a'.repeat(16)}`,
  TWILIO_AUTH_TOKEN: 'sandbox-auth-token',
  TWILIO_PHONE_NUMBER: '+15550002222',
  WEBHOOK_URL: 'https://relay.sandbox',
  PORT: '0',
  DATABASE_URL: 'sqlite::memory:',
  OPERATOR_TOKEN: 'operator-token',
  METRICS_PUBLIC: '1',
  GREETING: 'Hello, this is Bloom and Stem. How can I help you?',
} as const;

export interface SandboxOptions {
  /** What differs from `SANDBOX_ENV`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly openAi?: Omit<OpenAiOptions, 'apiKey'>;
  readonly twilio?: Pick<TwilioOptions, 'callsPerSecond' | 'sharedKey'>;
  /** How the agent is published; as an agent of the Agents API unless told otherwise. */
  readonly published?: Published;
  /** In which the agent speaks; tones unless told otherwise. */
  readonly voice?: Voice;
  /** Settings that the environment does not offer. */
  readonly config?: Partial<Config>;
  /** The time of the relay and of both far ends. */
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Agents of one's own, by their IDs. */
  readonly agents?: RelayOptions['agents'];
}

export interface Sandbox {
  /** By which the relay was configured, and by which a command finds the same far ends. */
  readonly env: Readonly<Record<string, string>>;
  readonly relay: Relay;
  readonly openAi: OpenAiSandbox;
  readonly twilio: TwilioSandbox;
  /** Where the relay really listens. */
  readonly relayUrl: string;
  /** All CallEvents so far. */
  readonly events: readonly CallEvent[];
  /** The first event of this type, of any call: at once where there was one already. */
  happened<T extends CallEvent['type']>(type: T): Promise<Extract<CallEvent, { type: T }>>;
  /** Somebody calls; resolves when they are joined to the relay or the call is over already. */
  call(options?: CallOptions): Promise<Caller>;
  close(): Promise<void>;
}

/** Twilio and OpenAI, and how a relay finds them. */
export interface FarEnds extends Pick<Sandbox, 'env' | 'openAi' | 'twilio'> {}

export async function startFarEnds(options: SandboxOptions): Promise<FarEnds> {
  const { voice, clock = systemClock } = options;
  const realtimeFaults = { ...options.openAi?.realtimeFaults, ...(voice && { voice }) };
  const openAi = await startOpenAi({
    clock,
    ...options.openAi,
    realtimeFaults,
    apiKey: SANDBOX_ENV.OPENAI_API_KEY,
  });
  const published = options.published?.env(new URL(openAi.baseUrl).origin);
  const env = { ...SANDBOX_ENV, ...published, ...options.env };
  const twilio = await startTwilio({
    ...options.twilio,
    ...(voice && { voice }),
    clock,
    accountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    authToken: SANDBOX_ENV.TWILIO_AUTH_TOKEN,
    webhookUrl: env.WEBHOOK_URL,
    phoneNumber: SANDBOX_ENV.TWILIO_PHONE_NUMBER,
  });
  twilio.account.pointAllAt(env.WEBHOOK_URL);
  return { env: { OPENAI_BASE_URL: openAi.baseUrl, TWILIO_API_URL: twilio.apiUrl, ...env }, openAi, twilio };
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { clock = systemClock } = options;
  const { env: whole, openAi, twilio } = await startFarEnds(options);
  const setup = readSetup(whole);
  // Both far ends share the loop with the relay here.
  const config = { ...setup.config, maxLoopDelayMs: 0, ...options.config };
  const log = options.log ?? pino({ level: 'silent' });
  const relay = createRelay(
    { ...setup, config },
    {
      log,
      clock,
      checks: async (spends) =>
        checksOf(
          { ...setup, config: { ...config, port: Number(new URL(relayUrl).port) } },
          { agents: new Agents(setup, clock, () => {}).all, clock, warning: null, spends },
        ),
      ...(options.agents && { agents: options.agents }),
    },
  );
  const events: CallEvent[] = [];
  relay.subscribe((event) => events.push(event));
  const happened = <T extends CallEvent['type']>(type: T): Promise<Extract<CallEvent, { type: T }>> => {
    const isWanted = (event: CallEvent): event is Extract<CallEvent, { type: T }> => event.type === type;
    const found = events.find(isWanted);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      const unsubscribe = relay.subscribe((event) => {
        if (!isWanted(event)) return;
        unsubscribe();
        resolve(event);
      });
    });
  };
  const relayUrl = `http://127.0.0.1:${await relay.listen()}`;
  twilio.routeTo(relayUrl);
  await relay.warmed;
  return {
    env: whole,
    relay,
    openAi,
    twilio,
    relayUrl,
    events,
    happened,
    call: (callOptions) => twilio.call(callOptions),
    async close() {
      await twilio.close();
      await relay.close();
      await openAi.close();
    },
  };
}
