// Who may use the API: a client that sends the operator's token, or a browser that signed in with it. There is no other way,
// for this machine neither: behind a tunnel or a proxy every visitor comes from here.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CookieOptions, RequestHandler } from 'express';
import type { Clock } from '../call/ports.ts';
import { isFromOurPages } from './origin.ts';
import { answerProblem, type Problem } from './problems.ts';
import { opened } from './seal.ts';

/** The prefix makes browsers keep it from other hosts, and from plain http. */
export const COOKIE = '__Host-patchcord';
export const COOKIE_OPTIONS: CookieOptions = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' };
const COOKIE_IN_HEADER = new RegExp(`(?:^|; *)${COOKIE}=([\\w.-]{1,200})(?:;|$)`);

export const NO_TOKEN: Problem = {
  code: 'unavailable',
  message: "The operator's token can be neither read nor kept. Set OPERATOR_TOKEN, or mend the database.",
};

export interface AccessOptions {
  /** Rejects while the operator's token is not known. */
  readonly token: () => Promise<string>;
  readonly clock: Pick<Clock, 'now'>;
  /** WEBHOOK_URL: under which browsers may know this server. */
  readonly publicUrl: string;
}

/**
 * `who` is one sign-in of a browser, or every client that sends the token. `unknown`: the request brings something, and there
 * is no token to compare it with.
 */
export type Identity =
  | { readonly is: 'granted'; readonly who: string; readonly token: string }
  | { readonly is: 'denied' }
  | { readonly is: 'unknown' };
export type IdentityCheck = (req: Pick<IncomingMessage, 'headers'>) => Promise<Identity>;

/** For requests and upgrades alike. Never rejects. A cookie counts only if a page of ours sent it, and no token with it. */
export function identityCheck({ token, clock, publicUrl }: AccessOptions): IdentityCheck {
  return async (req) => {
    const [, bearer] = /^Bearer (.+)$/i.exec(req.headers.authorization ?? '') ?? [];
    const [, cookie] = COOKIE_IN_HEADER.exec(req.headers.cookie ?? '') ?? [];
    const session = cookie !== undefined && isFromOurPages(req, publicUrl) ? cookie : undefined;
    // A stranger without either costs no look-up of ours.
    if (bearer === undefined && session === undefined) return { is: 'denied' };
    const wanted = await token().catch(() => null);
    if (wanted === null) return { is: 'unknown' };
    if (bearer !== undefined)
      return isSame(bearer, wanted) ? { is: 'granted', who: 'bearer', token: wanted } : { is: 'denied' };
    const seal = session === undefined ? null : opened(wanted, 'session', session, clock.now());
    return seal === null ? { is: 'denied' } : { is: 'granted', who: seal.nonce, token: wanted };
  };
}

export type Access = Identity['is'];
export type AccessCheck = (req: Pick<IncomingMessage, 'headers'>) => Promise<Access>;

/** As `identityCheck`, for those who need not know who it is. */
export function accessCheck(options: AccessOptions): AccessCheck {
  const identify = identityCheck(options);
  return async (req) => (await identify(req)).is;
}

/** Stands before all routes that need the token. */
export function operatorOnly(check: AccessCheck): RequestHandler {
  return async (req, res, next) => {
    switch (await check(req)) {
      case 'granted':
        return next();
      case 'unknown':
        return answerProblem(res, NO_TOKEN);
      case 'denied':
        res.set('WWW-Authenticate', 'Bearer');
        return answerProblem(res, {
          code: 'unauthorized',
          message: 'Send OPERATOR_TOKEN as bearer token; if none was set, the one kept beside the database.',
        });
    }
  };
}

/** In constant time, whatever the length of `given`. */
export function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
