// Twilio's requests to the relay, signed over the public address while the connection goes wherever the relay really
// listens, as behind any proxy. Anything but 200 with TwiML is an error: it would be an announcement in the call.
import { randomUUID } from 'node:crypto';
import { codeOf } from '../../src/call/error-code.ts';
import { type SharedKey, signatureHeaders } from './signing.ts';
import { readTwiml, type Verb } from './twiml.ts';
import { TwilioViolation } from './violation.ts';

/** Twilio's limit for a webhook, all in all. */
const ANSWER_WITHIN_MS = 15_000;
const MOST_RETRIES = 5;

export type Form = Readonly<Record<string, string>>;

/** Why Twilio may try again: nobody to connect to, no answer, or the answer of a server that is broken. */
type Failure = 'ct' | 'rt' | '5xx';

/** As the fragment of an address says; without one, once, and only where it could not connect. */
function retriesOf(fragment: string): { readonly most: number; readonly policy: ReadonlySet<string> } {
  const wanted = new URLSearchParams(fragment);
  const most = Math.min(Number(wanted.get('rc') ?? 1), MOST_RETRIES);
  return { most, policy: new Set((wanted.get('rp') ?? 'ct').split(',')) };
}

function failureOf(answer: Response | Error): Failure | null {
  if (answer instanceof Response) return answer.status >= 500 ? '5xx' : null;
  return codeOf(answer.cause) === 'ECONNREFUSED' ? 'ct' : 'rt';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** How the upgrade is signed. Twilio's documents leave the first four open; the rest are not Twilio's. */
export type UpgradeSignature = 'plain' | 'slash' | 'port' | 'port-and-slash' | 'https' | 'wrong' | 'missing';

export class TwilioWebhooks {
  readonly webhookUrl: string;
  readonly #key: string | SharedKey;
  #relayUrl: string;
  #streamsUrl: string;

  /** `key` signs: the account's auth token, or a SharedKey in its place. */
  constructor(key: string | SharedKey, webhookUrl: string, relayUrl: string) {
    this.#key = key;
    this.webhookUrl = webhookUrl;
    this.#relayUrl = relayUrl;
    this.#streamsUrl = relayUrl;
  }

  /** Where the public address leads from now on. */
  routeTo(relayUrl: string, streamsUrl = relayUrl): void {
    this.#relayUrl = relayUrl;
    this.#streamsUrl = streamsUrl;
  }

  async ask(url: string, form: Form): Promise<Verb[]> {
    const response = await this.#post(url, form);
    const document = await response.text();
    const contentType = response.headers.get('content-type') ?? 'none';
    if (response.status !== 200) throw new TwilioViolation(11200, `${url} answered ${response.status}`);
    if (!/^(text|application)\/xml\b/.test(contentType)) {
      throw new TwilioViolation(12300, `${url} answered with content type ${contentType}`);
    }
    return readTwiml(document);
  }

  async #post(url: string, form: Form): Promise<Response> {
    const [asked = '', fragment = ''] = url.split('#');
    const request: RequestInit = {
      method: 'POST',
      headers: {
        ...signatureHeaders(this.#key, asked, form),
        'I-Twilio-Idempotency-Token': randomUUID(),
      },
      body: new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    };
    const { most, policy } = retriesOf(fragment);
    for (let retries = 0; ; retries++) {
      const answer = await fetch(this.#addressOf(asked, this.webhookUrl), request).catch(asError);
      const failure = failureOf(answer);
      if (failure !== null && policy.has(failure) && retries < most) continue;
      if (answer instanceof Response) return answer;
      throw new TwilioViolation(11200, `${url} cannot be reached: ${answer.message}`);
    }
  }

  /** Where a stream's socket really goes, and the headers it brings. */
  upgrade(
    streamUrl: string,
    signedAs: UpgradeSignature,
  ): { address: string; headers: Record<string, string> } {
    const publicUrl = this.webhookUrl.replace(/^http/, 'ws');
    const address = this.#addressOf(streamUrl, publicUrl, this.#streamsUrl).replace(/^http/, 'ws');
    const { host, pathname } = new URL(streamUrl);
    const signed = {
      plain: streamUrl,
      slash: `${streamUrl}/`,
      port: `wss://${host}:443${pathname}`,
      'port-and-slash': `wss://${host}:443${pathname}/`,
      https: `https://${host}${pathname}`,
      wrong: `wss://somebody.example${pathname}`,
      missing: null,
    }[signedAs];
    if (signed === null) return { address, headers: {} };
    return { address, headers: signatureHeaders(this.#key, signed, {}) };
  }

  #addressOf(url: string, publicUrl: string, leadsTo = this.#relayUrl): string {
    if (!url.startsWith(`${publicUrl}/`)) {
      throw new TwilioViolation(11200, `${url} is not below the public address ${publicUrl}`);
    }
    return leadsTo + url.slice(publicUrl.length);
  }
}
