// Sends one callback, once. What came of it is a status or a code; what the receiver writes is thrown away unread. Redirects
// are not followed, and no proxy is asked.
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { codeOf } from '../../call/error-code.ts';
import type { Callback } from '../../call/callback-store.ts';
import type { Clock } from '../../call/ports.ts';
import { ID_HEADER, SIGNATURE_HEADER, signatureOf } from './callback-signature.ts';
import { connectorTo, PRIVATE_ADDRESS } from './public-address.ts';

export type Delivery =
  | { readonly is: 'delivered' }
  /** `isFinal`: it will be no better the next time. */
  | { readonly is: 'failed'; readonly problem: string; readonly isFinal: boolean };

export interface SenderParts {
  readonly clock: Clock;
  readonly secret: string;
  /** Addresses that are not of the public internet, and http. */
  readonly allowPrivate: boolean;
  /** The resolver. */
  readonly lookup?: LookupFunction;
}

/** For all of it, from the name to the last byte. */
export const SENT_WITHIN_MS = 10_000;
const MOST_READ_BYTES = 1024;
const MOST_HEADER_BYTES = 16 * 1024;
const GONE = 410;

export class CallbackSender {
  readonly #parts: SenderParts;
  readonly #agent: Agent;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#agent = new Agent({
      connect: connectorTo(parts.allowPrivate ? 'any' : 'public', SENT_WITHIN_MS, parts.lookup),
      // One connection a callback: each is looked at anew, and none is left over.
      pipelining: 0,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }

  /** Never rejects. */
  async send({ id, url, body }: Pick<Callback, 'id' | 'url' | 'body'>): Promise<Delivery> {
    const problem = problemWithUrl(url, this.#parts.allowPrivate);
    if (problem !== null) return { is: 'failed', problem, isFinal: true };
    const { clock, secret } = this.#parts;
    const timeout = new AbortController();
    const late = Promise.withResolvers<never>();
    const takeBack = clock.after(SENT_WITHIN_MS, () => {
      timeout.abort();
      // A request whose name is still looked up does not hear of it.
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
          // Not by the call's clock, which stands still while a machine is suspended.
          [SIGNATURE_HEADER]: signatureOf(secret, Math.floor(Date.now() / 1000), body),
        },
        body,
        signal: timeout.signal,
      });
      const answer = await Promise.race([request, late.promise]);
      // The status is the answer, whatever becomes of the rest.
      await answer.body.dump({ limit: MOST_READ_BYTES, signal: timeout.signal }).catch(() => {});
      const { statusCode } = answer;
      if (statusCode >= 200 && statusCode < 300) return { is: 'delivered' };
      return { is: 'failed', problem: String(statusCode), isFinal: statusCode === GONE };
    } catch (error) {
      const code = timeout.signal.aborted ? 'TIMEOUT' : (codeOf(error) ?? 'UNKNOWN');
      return { is: 'failed', problem: code, isFinal: code === PRIVATE_ADDRESS };
    } finally {
      takeBack();
    }
  }

  /** Breaks off what is under way. A name that is being looked up would be waited for: nobody does. */
  close(): void {
    this.#agent.destroy().catch(() => {});
  }
}

/** A code, as it is kept; null where it may be sent to. */
function problemWithUrl(url: string, allowPrivate: boolean): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'BAD_URL';
  if (parsed.protocol !== 'https:' && !(allowPrivate && parsed.protocol === 'http:')) return 'NOT_HTTPS';
  // They would go into no header, and into the records.
  return parsed.username === '' && parsed.password === '' ? null : 'BAD_URL';
}
