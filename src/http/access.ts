// Who may ask. With OPERATOR_TOKEN set: whoever brings it. Without one: this machine itself, and by a name of its own,
// because a page in somebody's browser here can lead its own name to this port, and would read what callers said.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../call/loopback.ts';
import { answerProblem } from './problems.ts';

const ADDRESSES_OF_HERE = /^(?:::ffff:)?127\.|^::1$/;

/** `token` is '' where none is set. */
export function operatorOnly(token: string): RequestHandler {
  return (req, res, next) => {
    const isAllowed =
      token === '' ? isFromHere(req) : isSame(req.get('authorization') ?? '', `Bearer ${token}`);
    if (isAllowed) return next();
    res.set('WWW-Authenticate', 'Bearer');
    answerProblem(res, {
      code: 'unauthorized',
      message:
        'Send the OPERATOR_TOKEN as bearer token. Without one set, only this machine itself is answered, as localhost.',
    });
  };
}

/** In the same time whatever was given, its length too. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Not through a proxy on the same machine, as a tunnel is: through that comes everybody. Nor from another site's page. */
function isFromHere(req: Request): boolean {
  const isForwarded = req.get('x-forwarded-for') !== undefined || req.get('forwarded') !== undefined;
  if (isForwarded || !ADDRESSES_OF_HERE.test(req.socket.remoteAddress ?? '')) return false;
  const origin = req.get('origin');
  const isOwnPage = origin === undefined || URL.parse(origin)?.host === req.get('host');
  return isOwnPage && isLoopback(req.hostname ?? '');
}
