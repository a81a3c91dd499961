// Who may use the API: a client that sends the operator's token. There is no other way, for this machine neither: behind a
// tunnel or a proxy every visitor comes from here.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { answerProblem } from './problems.ts';

/** Stands before all routes that need the token. `token` rejects while it is not known. */
export function operatorOnly(token: () => Promise<string>): RequestHandler {
  return async (req, res, next) => {
    const [, given] = /^Bearer (.+)$/i.exec(req.get('authorization') ?? '') ?? [];
    // A stranger without a token costs no look-up of ours.
    const wanted = given === undefined ? '' : await token().catch(() => null);
    if (wanted === null)
      return answerProblem(res, {
        code: 'unavailable',
        message:
          "The operator's token can be neither read nor kept. Set OPERATOR_TOKEN, or mend the database.",
      });
    if (given !== undefined && isSame(given, wanted)) return next();
    res.set('WWW-Authenticate', 'Bearer');
    answerProblem(res, {
      code: 'unauthorized',
      message: 'Send OPERATOR_TOKEN as bearer token; if none was set, the one kept beside the database.',
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
