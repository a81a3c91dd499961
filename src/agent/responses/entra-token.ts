// The bearer token of a Microsoft Foundry agent, which Entra gives for client credentials; one for all calls. It is renewed
// five minutes before it ends (one that lasts less than ten, half-way), and a renewal that fails leaves the old one in use until then.
import { fieldsOf, numberOrNull, parsedJson, textOf } from '../../call/json.ts';
import type { Clock } from '../../call/ports.ts';
import type { EntraCredentials } from '../agent-kind.ts';
import { AgentError, failed } from '../failures.ts';

const SCOPE = 'https://ai.azure.com/.default';
const RENEWED_BEFORE_MS = 300_000;
const ANSWERED_WITHIN_MS = 10_000;
const LONGEST_ANSWER = 20_000;

interface Token {
  readonly text: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

export class EntraToken {
  readonly #credentials: EntraCredentials;
  readonly #clock: Clock;
  #token: Token | null = null;
  #asking: Promise<Token> | null = null;

  constructor(credentials: EntraCredentials, clock: Clock) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** Rejects with an `AgentError`. */
  async get(): Promise<string> {
    const now = this.#clock.now();
    if (this.#token !== null && now < this.#token.renewAt) return this.#token.text;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    try {
      this.#token = await this.#asking;
    } catch (error) {
      if (this.#token === null || now >= this.#token.endsAt) throw error;
    }
    return this.#token.text;
  }

  async #ask(): Promise<Token> {
    const { authorityHost, tenantId, clientId, clientSecret } = this.#credentials;
    const askedAt = this.#clock.now();
    const answer = await fetch(`${authorityHost}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: SCOPE,
      }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
    }).catch(() => {
      throw new AgentError(failed('unavailable', 'Entra does not answer'));
    });
    const body = fieldsOf(parsedJson((await answer.text().catch(() => '')).slice(0, LONGEST_ANSWER)));
    const text = textOf(body['access_token']);
    if (answer.status === 200 && text !== '') {
      const lastsMs = (numberOrNull(body['expires_in']) ?? 0) * 1000;
      const renewedAfterMs = Math.max(lastsMs - RENEWED_BEFORE_MS, lastsMs / 2);
      return { text, renewAt: askedAt + renewedAfterMs, endsAt: askedAt + lastsMs };
    }
    const code = textOf(body['error']);
    const detail = `Entra: ${answer.status} ${/^\w{1,40}$/.test(code) ? code : 'no plain code'}`;
    const isRefused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
    throw new AgentError(failed(isRefused ? 'refused' : 'unavailable', detail), answer.status);
  }
}

const TOKENS = new WeakMap<EntraCredentials, EntraToken>();

/** The token of these credentials, the same for every agent of the process. */
export function entraToken(credentials: EntraCredentials, clock: Clock): EntraToken {
  const token = TOKENS.get(credentials) ?? new EntraToken(credentials, clock);
  TOKENS.set(credentials, token);
  return token;
}
