// Signing in to the pages: the operator's token, or a one-time code, for a cookie. Open to everybody, so the tries of an address
// are counted before anything is compared, and a right one is given back.
import express, { type RequestHandler, type Router } from 'express';
import { z } from 'zod';
import type { CountStore } from '../call/count-store.ts';
import { StoreError } from '../call/call-store.ts';
import { type AccessOptions, COOKIE, COOKIE_OPTIONS, isSame, NO_TOKEN } from './access.ts';
import { addressOf, networkOf } from './address.ts';
import { readSmallJson } from './body.ts';
import { check } from './checking.ts';
import { answer, type ApiPaths, json, refusals } from './openapi.ts';
import { isFromInsecurePage } from './origin.ts';
import { answerProblem, answerProblems, type Problem } from './problems.ts';
import { opened, sealed } from './seal.ts';

const SESSION_MS = 12 * 3_600_000;
const CODE_MS = 10 * 60_000;
const TRIES = 10;
const WINDOW_MS = 15 * 60_000;

const secret = (description: string) => z.string().min(1).max(1000).exactOptional().meta({ description });
const signInBody = z
  .strictObject({
    token: secret("The operator's token."),
    code: secret('A code of a link that the relay printed; good once, for ten minutes.'),
  })
  .refine(({ token, code }) => (token === undefined) !== (code === undefined), {
    error: 'Send either token or code.',
  });
const session = z.strictObject({ until: z.iso.datetime() }).meta({ id: 'Session' });

const STORE_AWAY: Problem = { code: 'unavailable', message: 'Sign-ins cannot be counted now. Try again.' };
const INSECURE: Problem = {
  code: 'https_needed',
  message:
    'Browsers keep no sign-in for plain http. Open the https:// address of WEBHOOK_URL; or, with the port forwarded by ssh -L 3000:localhost:3000, http://localhost:3000.',
};

export interface SessionOptions extends AccessOptions {
  readonly counts: CountStore;
}

/** Goes before the lock. */
export function sessionRoutes(options: SessionOptions): Router {
  const router = express.Router();
  router.post('/session', signIn(options));
  router.delete('/session', (_req, res) => {
    res.clearCookie(COOKIE, COOKIE_OPTIONS).status(204).end();
  });
  return router;
}

/** A code for a link to the pages: signs in once. Rejects while the token is not known. */
export async function signInCode({ token, clock }: Pick<AccessOptions, 'token' | 'clock'>): Promise<string> {
  return sealed(await token(), 'code', clock.now() + CODE_MS);
}

function signIn({ token, clock, counts }: SessionOptions): RequestHandler {
  /** Rejects with a StoreError. */
  async function isRight({ token: given, code = '' }: z.infer<typeof signInBody>, wanted: string) {
    if (given !== undefined) return isSame(given, wanted);
    const now = clock.now();
    const seal = opened(wanted, 'code', code, now);
    if (seal === null) return false;
    const use = { key: `sign-in-code:${seal.nonce}`, points: 1, most: 1, keptUntil: seal.until };
    return (await counts.takeCounts([use], now)).length === 0;
  }

  return async (req, res) => {
    if (isFromInsecurePage(req)) return answerProblem(res, INSECURE);
    const unreadable = await readSmallJson(req, res);
    if (unreadable !== null) return answerProblem(res, unreadable);
    const checked = check(signInBody, req.body);
    if (checked.is === 'wrong') return answerProblems(res, checked.problems);
    const wanted = await token().catch(() => null);
    if (wanted === null) return answerProblem(res, NO_TOKEN);
    const now = clock.now();
    const count = triesOf(networkOf(addressOf(req)), now);
    try {
      if ((await counts.takeCounts([count], now)).length > 0)
        return answerProblem(res, {
          code: 'rate_limited',
          message: `At most ${TRIES} tries within a quarter of an hour.`,
          retryAfterS: (count.keptUntil - now) / 1000,
        });
      if (!(await isRight(checked.value, wanted)))
        return answerProblem(res, {
          code: 'unauthorized',
          message:
            checked.value.code === undefined
              ? "This is not the operator's token."
              : 'The code was used, is too old or is not of this relay. Sign in with the token.',
        });
      await counts.addCounts([{ ...count, points: -1 }]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return answerProblem(res, STORE_AWAY);
    }
    const until = now + SESSION_MS;
    res.cookie(COOKIE, sealed(wanted, 'session', until), { ...COOKIE_OPTIONS, maxAge: SESSION_MS });
    res.json({ until: new Date(until).toISOString() });
  };
}

function triesOf(network: string, now: number) {
  const window = Math.floor(now / WINDOW_MS);
  return {
    key: `${window}:sign-in:${network}`,
    points: 1,
    most: TRIES,
    keptUntil: (window + 1) * WINDOW_MS,
  };
}

const tags = ['Signing in'];

export const SESSION_PATHS: ApiPaths = {
  '/session': {
    post: {
      tags,
      summary: 'Sign a browser in',
      description: `The answer sets the cookie \`${COOKIE}\`, which the API accepts in place of the token from pages of this server. It ends after twelve hours, or with a new token.`,
      security: [],
      requestBody: { required: true, content: json(signInBody) },
      responses: {
        200: answer('Signed in.', session),
        ...refusals(
          [
            'bad_request',
            'too_large',
            'unsupported_media_type',
            'invalid_request',
            'unauthorized',
            'https_needed',
            'rate_limited',
            'unavailable',
          ],
          {
            too_large: 'more than 4 KB',
            unauthorized: 'not the token, or a code that was used or is too old',
            https_needed: 'a page over plain http, for which browsers keep no cookie',
            rate_limited: `more than ${TRIES} tries of an address`,
          },
        ),
      },
    },
    delete: {
      tags,
      summary: 'Sign this browser out',
      security: [],
      responses: { 204: { description: 'Its cookie is gone.' } },
    },
  },
};
