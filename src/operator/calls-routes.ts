// The calls' API over HTTP. Bodies and answers are personal data and are never logged. calls-openapi.ts describes these
// routes; a test compares the two.
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { CallControl } from '../call/call-control.ts';
import { StoreError } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { right, storeAway } from './answering.ts';
import { CALL_ID, type CallAnswers, NO_SUCH_CALL } from './call-answers.ts';
import { feedHeaders, insightsQuery, peaksQuery, placeCallQuery, viewQuery } from './call-requests.ts';
import { isSettled, publicInsights, publicPeaks, publicUsage } from './call-views.ts';
import { check } from '../http/checking.ts';
import { jsonBody } from '../http/body.ts';
import { sendFeed } from './live-feed.ts';
import { answerProblem, type Problem } from '../http/problems.ts';
import { Watchers } from '../http/watchers.ts';
import { sendRecording } from './recordings.ts';

const MOST_FEEDS = 50;
const MOST_LONG_POLLS = 100;

const NO_RECORDING: Problem = { code: 'not_found', message: 'There is no recording of such a call.' };
const CALL_LIVE: Problem = {
  code: 'call_live',
  message: 'The call has not ended, or its result is not there yet. POST /calls/{id}/hangup ends it.',
};
const TOO_MANY: Problem = { code: 'too_many_watchers', message: 'Too many clients are watching. Try again.' };

export interface CallsRoutesOptions {
  readonly control: CallControl;
  readonly answers: CallAnswers;
  readonly clock: Clock;
  /** Ends every feed and long poll, so that the server can close. */
  readonly closing: AbortSignal;
  /** Receives what broke after the headers were sent; earlier errors go to the last resort of all routes. */
  readonly onBug: (error: unknown) => void;
}

/** Must stand behind the operator's token. */
export function callsRoutes(options: CallsRoutesOptions): Router {
  const { control, answers, closing, onBug } = options;
  const router = express.Router();
  router.param('id', (_req, res, next, id: unknown) => {
    if (typeof id === 'string' && CALL_ID.test(id)) next();
    else answerProblem(res, NO_SUCH_CALL);
  });

  router.get('/calls', list(answers));
  router.post('/calls', jsonBody, place(answers));
  router.get('/insights', insights(control));
  router.get('/usage-today', async (_req, res) => void res.json(publicUsage(await control.usageToday())));
  router.get('/calls/:id', view(answers, new Watchers(MOST_LONG_POLLS, closing)));
  router.delete('/calls/:id', erase(control));
  router.get('/calls/:id/recording', recording(control, onBug));
  router.get('/calls/:id/recording/peaks', peaks(control));

  const feed = feedHandler(options, new Watchers(MOST_FEEDS, closing));
  router.get('/calls/:id/events', (req, res) => feed(req, res, req.params.id));
  router.get('/events', (req, res) => feed(req, res, null));

  router.post('/calls/:id/hangup', jsonBody, steer(answers, 'hangup'));
  router.post('/calls/:id/transfer', jsonBody, steer(answers, 'transfer'));
  router.post('/calls/:id/say', jsonBody, steer(answers, 'say'));
  router.post('/calls/:id/note', jsonBody, steer(answers, 'note'));

  router.use(storeAway);
  return router;
}

function list(answers: CallAnswers): RequestHandler {
  return async (req, res) => {
    const page = right(res, await answers.list(req.query));
    if (page !== null) res.json(page);
  };
}

function insights(control: CallControl): RequestHandler {
  return async (req, res) => {
    const query = right(res, check(insightsQuery, req.query));
    if (query === null) return;
    const { since, until, step, by, via } = query;
    const of = { since, until, stepMs: step * 1000, by };
    res.json(publicInsights(of, await control.insights(of, via)));
  };
}

function place(answers: CallAnswers): RequestHandler {
  return async (req, res) => {
    const query = right(res, check(placeCallQuery, req.query));
    if (query === null) return;
    if (query['dry-run'] !== undefined) return void res.json(await answers.rehearse(req.body));
    const placed = right(res, await answers.place(req.body, req.get('Idempotency-Key') ?? null));
    if (placed === null) return;
    res.location(`/calls/${placed.call.id}`);
    res.status(placed.isNew ? 202 : 200).json(placed.call);
  };
}

/** Of a view that waits for nothing. */
const NEVER = new AbortController().signal;

function view(answers: CallAnswers, longPolls: Watchers): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const query = right(res, check(viewQuery, req.query));
    if (query === null) return;
    const over = query.wait === 0 ? NEVER : longPolls.enter(res);
    if (over === null) return answerProblem(res, TOO_MANY);
    const call = right(res, await answers.view(req.params.id, query, over));
    if (call !== null) res.json(call);
  };
}

function erase(control: CallControl): RequestHandler<{ id: string }> {
  return async (req, res) => {
    switch (await control.erase(req.params.id)) {
      case 'erased':
        return void res.status(204).end();
      case 'unknown':
        return answerProblem(res, NO_SUCH_CALL);
      case 'live':
        return answerProblem(res, CALL_LIVE);
    }
  };
}

function recording(control: CallControl, onBug: (error: unknown) => void): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const found = await control.recording(req.params.id);
    if (found === null) return answerProblem(res, NO_RECORDING);
    try {
      await sendRecording(req, res, req.params.id, found);
    } catch (error) {
      onBug(error);
      res.destroy();
    }
  };
}

function peaks(control: CallControl): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const query = right(res, check(peaksQuery, req.query));
    if (query === null) return;
    const found = await control.recording(req.params.id);
    if (found === null) return answerProblem(res, NO_RECORDING);
    const drawn = await found.peaks(query.n);
    if (drawn === 'busy') return answerProblem(res, TOO_MANY);
    res.json(publicPeaks(found, drawn));
  };
}

function feedHandler({ control, clock, onBug }: CallsRoutesOptions, feeds: Watchers) {
  return async (req: Request, res: Response, callId: CallId | null): Promise<void> => {
    const headers = right(res, check(feedHeaders, given(req, 'Last-Event-ID')));
    if (headers === null) return;
    const over = feeds.enter(res);
    if (over === null) return answerProblem(res, TOO_MANY);
    const lastId = headers['Last-Event-ID'];
    const call = callId === null ? null : ((await control.view(callId))?.call ?? null);
    if (callId !== null && call === null) return answerProblem(res, NO_SUCH_CALL);
    const from = callId === null ? await control.lastPosition() : 0;
    const position = lastId === undefined ? from : Number(lastId);
    if (call !== null && lastId !== undefined && isSettled(call)) {
      const isAllTold = (await control.eventsAfter(call.id, position, 1)).length === 0;
      // 204 tells a browser not to reconnect.
      if (isAllTold) return void res.status(204).end();
    }
    if (req.method === 'HEAD') return void res.type('text/event-stream').end();
    try {
      await sendFeed(res, { control, clock, callId: call?.id ?? null, position, over });
    } catch (error) {
      // While the store is away the reader reconnects and continues where it was.
      if (!(error instanceof StoreError)) onBug(error);
      res.destroy();
    }
  };
}

function steer(
  answers: CallAnswers,
  how: Parameters<CallAnswers['steer']>[1],
): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const steered = right(res, await answers.steer(req.params.id, how, req.body));
    if (steered !== null) res.status(202).json(steered);
  };
}

function given(req: Request, header: string): Record<string, string> {
  const value = req.get(header);
  return value === undefined ? {} : { [header]: value };
}
