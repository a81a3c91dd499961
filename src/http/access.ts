// Who may use the API. With OPERATOR_TOKEN: whoever sends it. Without: this machine only, and only by a name that means this
// machine; otherwise a web page could point its own domain at this port (DNS rebinding) and read transcripts.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../call/loopback.ts';
import { answerProblem } from './problems.ts';

const ADDRESSES_OF_HERE = /^(?:::ffff:)?127\.|^::1$/;

/** `token` is '' if none is set. */
export function operatorOnly(token: string): RequestHandler {
  return (req, res, next) => {
    const isAllowed =
      token === '' ? isFromHere(req) : isSame(req.get('authorization') ?? '', `Bearer ${token}`);
    if (isAllowed) return next();
    res.set('WWW-Authenticate', 'Bearer');
    answerProblem(res, {
      code: 'unauthorized',
      message:
        'Send the OPERATOR_TOKEN as bearer token. If none is set, only this machine may ask, as localhost.',
    });
  };
}

/** In constant time, whatever the length of `given`. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Refuses what a proxy or tunnel on this machine forwards, since that may be anybody, and pages of other sites. */
function isFromHere(req: Request): boolean {
  const isForwarded = req.get('x-forwarded-for') !== undefined || req.get('forwarded') !== undefined;
  if (isForwarded || !ADDRESSES_OF_HERE.test(req.socket.remoteAddress ?? '')) return false;
  const origin = req.get('origin');
  const isOwnPage = origin === undefined || URL.parse(origin)?.host === req.get('host');
  return isOwnPage && isLoopback(req.hostname ?? '');
}
