// Ties a stream to its call (O3): the upgrade's signature is the same for every call, so each call's TwiML carries a
// token that is good for that call only, once, and for a minute. The key is derived from the auth token, so that any
// process can check a token; only the process that accepted one knows that it was used.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CallId } from '../call/call.ts';
import type { NamedCall } from './phone-listener.ts';

/** Twilio opens the stream within ten seconds of the TwiML; the rest allows for two machines' clocks. */
const LIFETIME_MS = 60_000;
/** Past this many in one minute every token is refused, rather than one accepted twice. */
const MAX_USED = 10_000;

export interface Proven {
  readonly callId: CallId;
  /** '' where the token brought none. */
  readonly facts: string;
}

export class StreamTokens {
  readonly #key: Buffer;
  readonly #used = new Map<string, number>();

  constructor(authToken: string) {
    this.#key = Buffer.from(hkdfSync('sha256', authToken, '', 'patchcord stream token', 32));
  }

  /** `facts` travel with the token, readable and sealed; they hold no dot. */
  issue({ callId, sid }: NamedCall, now: number, facts = ''): string {
    const nonce = randomBytes(12).toString('base64url');
    const claim = `${Math.ceil(now + LIFETIME_MS)}.${nonce}.${callId}.${facts}`;
    return `${claim}.${this.#seal(claim, sid).toString('base64url')}`;
  }

  /**
   * Uses up the token. Returns the call that a stream of this CallSid belongs to; null unless the token is that call's, has
   * not expired and was not used.
   */
  verify(token: string, sid: string, now: number): Proven | null {
    const [expiry, nonce, callId, facts, seal, ...rest] = token.split('.');
    if (!expiry || !nonce || !callId || facts === undefined || !seal || rest.length > 0) return null;
    const wanted = this.#seal(`${expiry}.${nonce}.${callId}.${facts}`, sid);
    const brought = Buffer.from(seal, 'base64url');
    if (brought.length !== wanted.length || !timingSafeEqual(brought, wanted)) return null;
    const expiresAt = Number(expiry);
    if (now >= expiresAt || this.#used.has(nonce)) return null;
    this.#forgetExpired(now);
    if (this.#used.size >= MAX_USED) return null;
    this.#used.set(nonce, expiresAt);
    return { callId, facts };
  }

  /** A claim always has four parts, so that no part can be moved into the CallSid. */
  #seal(claim: string, sid: string): Buffer {
    return createHmac('sha256', this.#key).update(`${claim}.${sid}`).digest();
  }

  /** Stops at the first that is still good: tokens expire in about the order in which they were used. */
  #forgetExpired(now: number): void {
    for (const [nonce, expiresAt] of this.#used) {
      if (expiresAt > now) return;
      this.#used.delete(nonce);
    }
  }
}
