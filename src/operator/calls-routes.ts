// The calls' API over HTTP: checks each request and hands it to `CallControl`. Bodies and answers are personal data and are never
// logged. calls-openapi.ts describes these routes; a test compares the two.
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { z } from 'zod';
import type { CallControl, Steered } from '../call/call-control.ts';
import { StoreError } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import {
  assignmentFrom,
  feedHeaders,
  fingerprintOf,
  hangUpBody,
  listQuery,
  noteBody,
  placeCallHeaders,
  sayBody,
  transferBody,
  viewQuery,
} from './call-requests.ts';
import { isSettled, publicCall, publicPage } from './call-views.ts';
import { check, type Checked } from '../http/checking.ts';
import { jsonBody } from '../http/body.ts';
import { sendFeed } from './live-feed.ts';
import { changedView } from './long-poll.ts';
import { answerProblem, answerProblems, type Problem } from '../http/problems.ts';
import { sendRecording } from './recordings.ts';
import { Watchers } from './watchers.ts';

const MOST_FEEDS = 50;
const MOST_LONG_POLLS = 100;
/** The relay's IDs and Twilio's. Nothing else is looked up. */
const CALL_ID = /^[\w-]{1,100}$/;

const NO_SUCH_CALL: Problem = { code: 'not_found', message: 'There is no such call.' };
const NO_RECORDING: Problem = { code: 'not_found', message: 'There is no recording of such a call.' };
const CALL_LIVE: Problem = {
  code: 'call_live',
  message: 'The call has not ended, or its result is not there yet. POST /calls/{id}/hangup ends it.',
};
const TOO_MANY: Problem = { code: 'too_many_watchers', message: 'Too many clients are watching. Try again.' };

export interface CallsRoutesOptions {
  readonly control: CallControl;
  readonly clock: Clock;
  /** Ends every feed and long poll, so that the server can close. */
  readonly closing: AbortSignal;
  /** Receives what broke after the headers were sent; earlier errors go to the last resort of all routes. */
  readonly onBug: (error: unknown) => void;
  /** CALLBACK_ALLOW_PRIVATE; without it callbacks are https only. */
  readonly allowsHttpCallbacks?: boolean;
}

/** Must stand behind the operator's token. */
export function callsRoutes(options: CallsRoutesOptions): Router {
  const { control, closing, onBug } = options;
  const router = express.Router();
  router.param('id', (_req, res, next, id: unknown) => {
    if (typeof id === 'string' && CALL_ID.test(id)) next();
    else answerProblem(res, NO_SUCH_CALL);
  });

  router.get('/calls', list(control));
  router.post('/calls', jsonBody, place(options));
  router.get('/calls/:id', view(options, new Watchers(MOST_LONG_POLLS, closing)));
  router.delete('/calls/:id', erase(control));
  router.get('/calls/:id/recording', recording(control, onBug));

  const feed = feedHandler(options, new Watchers(MOST_FEEDS, closing));
  router.get('/calls/:id/events', (req, res) => feed(req, res, req.params.id));
  router.get('/events', (req, res) => feed(req, res, null));

  router.post('/calls/:id/hangup', jsonBody, steer(control, hangUpBody));
  router.post('/calls/:id/transfer', jsonBody, steer(control, transferBody));
  router.post('/calls/:id/say', jsonBody, steer(control, sayBody));
  router.post('/calls/:id/note', jsonBody, steer(control, noteBody));

  router.use(storeAway);
  return router;
}

function list(control: CallControl): RequestHandler {
  return async (req, res) => {
    const query = right(res, check(listQuery, req.query));
    if (query !== null) res.json(publicPage(await control.list(query)));
  };
}

function place({ control, allowsHttpCallbacks = false }: CallsRoutesOptions): RequestHandler {
  return async (req, res) => {
    const headers = right(res, check(placeCallHeaders, given(req, 'Idempotency-Key')));
    if (headers === null) return;
    const allowed = { profiles: control.profiles, httpCallbacks: allowsHttpCallbacks };
    const assignment = right(res, assignmentFrom(req.body, allowed));
    if (assignment === null) return;
    const key = headers['Idempotency-Key'];
    const placed = await control.place(
      assignment,
      key === undefined ? null : { key, fingerprint: fingerprintOf(assignment) },
    );
    if (placed.is === 'refused') return answerProblem(res, placed.refusal);
    const call = await control.view(placed.callId);
    // A repeated request whose call was erased.
    if (call === null) return answerProblem(res, NO_SUCH_CALL);
    res.location(`/calls/${placed.callId}`);
    res.status(placed.isNew ? 202 : 200).json(publicCall(call));
  };
}

function view({ control, clock }: CallsRoutesOptions, longPolls: Watchers): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const query = right(res, check(viewQuery, req.query));
    if (query === null) return;
    const callId = req.params.id;
    const { wait, since = null } = query;
    const over = wait === 0 ? null : longPolls.enter(res);
    if (wait > 0 && over === null) return answerProblem(res, TOO_MANY);
    const call =
      over === null
        ? await control.view(callId)
        : await changedView({ control, clock, callId, since, waitMs: wait * 1000, over });
    if (call === null) answerProblem(res, NO_SUCH_CALL);
    else res.json(publicCall(call));
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
      await sendRecording(res, req.params.id, found);
    } catch (error) {
      onBug(error);
      res.destroy();
    }
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

function steer(control: CallControl, schema: z.ZodType<Steering>): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const wanted = right(res, check(schema, req.body));
    if (wanted === null) return;
    const steered = await control.steer(req.params.id, wanted);
    if (steered === 'accepted') res.status(202).json({ status: 'accepted' });
    else answerProblem(res, whyNotSteered(steered));
  };
}

/** The checked value; or null, once it has answered what is wrong. */
function right<T>(res: Response, checked: Checked<T>): T | null {
  if (checked.is === 'right') return checked.value;
  answerProblems(res, checked.problems);
  return null;
}

function whyNotSteered(steered: Exclude<Steered, 'accepted'>): Problem {
  switch (steered) {
    case 'unknown':
      return NO_SUCH_CALL;
    case 'over':
      return { code: 'call_over', message: 'The call has ended.' };
    case 'not-allowed':
      return {
        code: 'not_allowed',
        message: "The call's profile does not allow it. A transfer goes to its own numbers only.",
        field: 'to',
      };
  }
}

/** Goes after the routes: a store that is away is no bug. */
const storeAway: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof StoreError) || res.headersSent) return next(error);
  answerProblem(res, { code: 'unavailable', message: 'The records cannot be reached now. Try again.' });
};

function given(req: Request, header: string): Record<string, string> {
  const value = req.get(header);
  return value === undefined ? {} : { [header]: value };
}
