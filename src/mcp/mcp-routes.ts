// POST /mcp: the tools over streamable HTTP, one server for each request. No session is kept, so that any process behind a
// balancer can answer, and a restart is noticed by nobody. Nothing of the SDK is imported before the first request.
import express, { type RequestHandler, type Router } from 'express';
import type { Clock } from '../call/ports.ts';
import { isLoopback } from '../call/loopback.ts';
import { jsonBody } from '../http/body.ts';
import { answerProblem } from '../http/problems.ts';
import { Watchers } from '../http/watchers.ts';
import type { Telephone } from './telephone.ts';

/** A request of place_call waits as long as its call. */
const MOST_REQUESTS = 50;

export interface McpRoutesOptions {
  readonly telephone: Telephone;
  readonly clock: Clock;
  readonly closing: AbortSignal;
  readonly onBug: (error: unknown) => void;
  /** WEBHOOK_URL: the one site whose pages may ask, beside those of this machine. */
  readonly publicUrl: string;
}

/** Must stand behind the operator's token. */
export function mcpRoutes(options: McpRoutesOptions): Router {
  const router = express.Router();
  const requests = new Watchers(MOST_REQUESTS, options.closing);
  router.all('/mcp', bearerOnly, ownPagesOnly(options.publicUrl), postOnly);
  router.post('/mcp', jsonBody, async (req, res) => {
    if (Array.isArray(req.body))
      return answerProblem(res, { code: 'bad_request', message: 'Send one message at a time.' });
    if (requests.enter(res) === null)
      return answerProblem(res, {
        code: 'too_many_watchers',
        message: 'Too many clients wait for calls. Try again.',
      });
    const { answerMessage } = await import('./answer-message.ts');
    await answerMessage(req, res, options);
  });
  return router;
}

/** A cookie does not do: a browser sends it along with any page's request. */
const bearerOnly: RequestHandler = (req, res, next) => {
  if (/^Bearer ./i.test(req.get('authorization') ?? '')) return next();
  res.set('WWW-Authenticate', 'Bearer');
  answerProblem(res, { code: 'unauthorized', message: 'Send OPERATOR_TOKEN as bearer token.' });
};

/** Against DNS rebinding: a browser names the page that asks, and such a page has another host's name. */
function ownPagesOnly(publicUrl: string): RequestHandler {
  const own = URL.parse(publicUrl)?.origin;
  return (req, res, next) => {
    const given = req.get('origin');
    if (given === undefined || given === own || isLoopback(URL.parse(given)?.hostname ?? '')) return next();
    answerProblem(res, { code: 'not_allowed', message: 'Pages of this origin may not ask.' });
  };
}

const postOnly: RequestHandler = (req, res, next) => {
  if (req.method === 'POST') return next();
  res.set('Allow', 'POST');
  answerProblem(res, {
    code: 'method_not_allowed',
    message: 'Send messages with POST: there are no sessions.',
  });
};
