// Sends one callback once. The outcome is a status or a code; the receiver's body is discarded unread. Redirects are not
// followed, and no proxy is used.
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { codeOf } from '../../call/error-code.ts';
import type { Callback } from '../../call/callback-store.ts';
import type { Clock } from '../../call/ports.ts';
import { ID_HEADER, SIGNATURE_HEADER, signatureOf } from './callback-signature.ts';
import { connectorTo, PRIVATE_ADDRESS } from './public-address.ts';

export type Delivery =
  | { readonly is: 'delivered' }
  /** `isFinal`: another attempt would fail, too. */
  | { readonly is: 'failed'; readonly problem: string; readonly isFinal: boolean };

export interface SenderParts {
  readonly clock: Clock;
  readonly secret: string;
  /** Also sends to private addresses and over http. */
  readonly allowPrivate: boolean;
  readonly lookup?: LookupFunction;
  /** For everything, from the DNS look-up to the last byte. */
  readonly withinMs: number;
}

const MOST_READ_BYTES = 1024;
const MOST_HEADER_BYTES = 16 * 1024;
const GONE = 410;

export class CallbackSender {
  readonly #parts: SenderParts;
  readonly #agent: Agent;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#agent = new Agent({
      connect: connectorTo(parts.allowPrivate ? 'any' : 'public', parts.withinMs, parts.lookup),
      // One connection a callback, so that each address is checked anew and no socket is left over.
      pipelining: 0,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }

  async send({ id, url, body }: Pick<Callback, 'id' | 'url' | 'body'>): Promise<Delivery> {
    const problem = problemWithUrl(url, this.#parts.allowPrivate);
    if (problem !== null) return { is: 'failed', problem, isFinal: true };
    const { clock, secret, withinMs } = this.#parts;
    const timeout = new AbortController();
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(withinMs, () => {
      timeout.abort();
      // The signal does not reach a request that is still in its DNS look-up.
      late.reject(timeout.signal.reason);
    });
    try {
      const { origin, pathname, search } = new URL(url);
      const request = this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'patchcord',
          [ID_HEADER]: id,
          // Not by the injected clock, which stops while a machine is suspended.
          [SIGNATURE_HEADER]: signatureOf(secret, Math.floor(Date.now() / 1000), body),
        },
        body,
        signal: timeout.signal,
      });
      const answer = await Promise.race([request, late.promise]);
      // The status alone is the answer, whatever happens to the body.
      await answer.body.dump({ limit: MOST_READ_BYTES, signal: timeout.signal }).catch(() => {});
      const { statusCode } = answer;
      if (statusCode >= 200 && statusCode < 300) return { is: 'delivered' };
      return { is: 'failed', problem: String(statusCode), isFinal: statusCode === GONE };
    } catch (error) {
      const code = timeout.signal.aborted ? 'TIMEOUT' : (codeOf(error) ?? 'UNKNOWN');
      return { is: 'failed', problem: code, isFinal: code === PRIVATE_ADDRESS };
    } finally {
      cancel();
    }
  }

  /** Aborts what is under way; does not wait for a DNS look-up. */
  close(): void {
    this.#agent.destroy().catch(() => {});
  }
}

/** A code for the record; null if the URL may be sent to. */
function problemWithUrl(url: string, allowPrivate: boolean): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'BAD_URL';
  if (parsed.protocol !== 'https:' && !(allowPrivate && parsed.protocol === 'http:')) return 'NOT_HTTPS';
  // Credentials would not be sent as a header, but kept in the records.
  return parsed.username === '' && parsed.password === '' ? null : 'BAD_URL';
}
