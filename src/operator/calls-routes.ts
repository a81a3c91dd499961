// The operator's API of calls over HTTP: what is asked is checked here (call-schemas.ts) and done by the desk. Bodies and
// answers are personal data, and none of them is ever logged. What there is to ask is described in calls-api.ts; a test
// holds the two together.
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { CallDesk, Steered } from '../call/call-control.ts';
import { StoreError } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import { operatorOnly } from '../http/access.ts';
import {
  assignmentFrom,
  feedHeaders,
  fingerprintOf,
  hangUpFrom,
  listQuery,
  noteFrom,
  placeCallHeaders,
  sayFrom,
  transferFrom,
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
/** Ours and Twilio's; anything else is no call's name, and is not looked for. */
const CALL_ID = /^[\w-]{1,100}$/;

const NO_SUCH_CALL: Problem = { code: 'not_found', message: 'There is no such call.' };
const TOO_MANY: Problem = { code: 'too_many_watchers', message: 'Too many are watching now. Try again.' };
const OUTBOUND_OFF: Problem = {
  code: 'outbound_off',
  message: 'Calling out is off. It needs an OPERATOR_TOKEN.',
};

export interface CallsRoutesOptions {
  /** '' where none is set: then no call is placed, and the rest is for this machine only. */
  readonly token: string;
  readonly desk: CallDesk;
  readonly clock: Clock;
  /** Ends all who watch: the server would wait for them. */
  readonly closing: AbortSignal;
  /** What broke after the headers had gone. Before that it goes to the last resort of all routes. */
  readonly onBug: (error: unknown) => void;
  /** CALLBACK_ALLOW_PRIVATE; https only unless told otherwise. */
  readonly allowsHttpCallbacks?: boolean;
}

export function callsRoutes({
  token,
  desk,
  clock,
  closing,
  onBug,
  allowsHttpCallbacks = false,
}: CallsRoutesOptions): Router {
  const router = express.Router();
  const feeds = new Watchers(MOST_FEEDS, closing);
  const longPolls = new Watchers(MOST_LONG_POLLS, closing);
  const isOutboundOn: RequestHandler = (_req, res, next) =>
    token === '' ? answerProblem(res, OUTBOUND_OFF) : next();

  router.use(['/calls', '/events'], operatorOnly(token));

  router.param('id', (_req, res, next, id: unknown) => {
    if (typeof id === 'string' && CALL_ID.test(id)) next();
    else answerProblem(res, NO_SUCH_CALL);
  });

  router.post('/calls', isOutboundOn, jsonBody, async (req, res) => {
    const headers = right(res, check(placeCallHeaders, given(req, 'Idempotency-Key')));
    if (headers === null) return;
    const allowed = { profiles: desk.profiles, httpCallbacks: allowsHttpCallbacks };
    const assignment = right(res, assignmentFrom(req.body, allowed));
    if (assignment === null) return;
    const key = headers['Idempotency-Key'];
    const placed = await desk.place(
      assignment,
      key === undefined ? null : { key, fingerprint: fingerprintOf(assignment) },
    );
    if (placed.is === 'refused') return answerProblem(res, placed.refusal);
    const view = await desk.view(placed.callId);
    // Erased since, where the request came again.
    if (view === null) return answerProblem(res, NO_SUCH_CALL);
    res.location(`/calls/${placed.callId}`);
    res.status(placed.isNew ? 202 : 200).json(publicCall(view));
  });

  router.get('/calls', async (req, res) => {
    const query = right(res, check(listQuery, req.query));
    if (query === null) return;
    const { since, until, ...others } = query;
    const page = await desk.list({
      ...others,
      ...(since === undefined ? {} : { since: Date.parse(since) }),
      ...(until === undefined ? {} : { until: Date.parse(until) }),
    });
    res.json(publicPage(page));
  });

  router.get('/calls/:id', async (req, res) => {
    const query = right(res, check(viewQuery, req.query));
    if (query === null) return;
    const callId = req.params.id;
    const { wait, since = null } = query;
    const over = wait === 0 ? null : longPolls.enter(res);
    if (wait > 0 && over === null) return answerProblem(res, TOO_MANY);
    const view =
      over === null
        ? await desk.view(callId)
        : await changedView({ desk, clock, callId, since, waitMs: wait * 1000, over });
    if (view === null) answerProblem(res, NO_SUCH_CALL);
    else res.json(publicCall(view));
  });

  router.delete('/calls/:id', async (req, res) => {
    switch (await desk.erase(req.params.id)) {
      case 'erased':
        return void res.status(204).end();
      case 'unknown':
        return answerProblem(res, NO_SUCH_CALL);
      case 'live':
        return answerProblem(res, {
          code: 'call_live',
          message: 'The call still goes on, or its result is being made. POST /calls/{id}/hangup ends it.',
        });
    }
  });

  // ---- feeds ----

  const feed = async (req: Request, res: Response, callId: CallId | null): Promise<void> => {
    const headers = right(res, check(feedHeaders, given(req, 'Last-Event-ID')));
    if (headers === null) return;
    const over = feeds.enter(res);
    if (over === null) return answerProblem(res, TOO_MANY);
    const lastId = headers['Last-Event-ID'];
    const view = callId === null ? null : await desk.view(callId);
    if (callId !== null && view === null) return answerProblem(res, NO_SUCH_CALL);
    const from = callId === null ? await desk.lastPosition() : 0;
    const position = lastId === undefined ? from : Number(lastId);
    // By this a browser knows not to come again.
    if (
      view !== null &&
      lastId !== undefined &&
      isSettled(view.call) &&
      (await isAllTold(view.call.id, position))
    )
      return void res.status(204).end();
    if (req.method === 'HEAD') return void res.type('text/event-stream').end();
    try {
      await sendFeed(res, { desk, clock, callId: view?.call.id ?? null, position, over });
    } catch (error) {
      // The records may be away: whoever watches comes back behind what they had.
      if (!(error instanceof StoreError)) onBug(error);
      res.destroy();
    }
  };
  const isAllTold = async (callId: CallId, position: number): Promise<boolean> =>
    (await desk.eventsAfter(callId, position, 1)).length === 0;

  router.get('/calls/:id/events', (req, res) => feed(req, res, req.params.id));
  router.get('/events', (req, res) => feed(req, res, null));

  // ---- steering ----

  const steering =
    (from: (body: unknown) => Checked<Steering>): RequestHandler<{ id: string }> =>
    async (req, res) => {
      const wanted = right(res, from(req.body));
      if (wanted === null) return;
      const steered = await desk.steer(req.params.id, wanted);
      if (steered === 'accepted') res.status(202).json({ status: 'accepted' });
      else answerProblem(res, whyNotSteered(steered));
    };
  router.post('/calls/:id/hangup', jsonBody, steering(hangUpFrom));
  router.post('/calls/:id/transfer', jsonBody, steering(transferFrom));
  router.post('/calls/:id/say', jsonBody, steering(sayFrom));
  router.post('/calls/:id/note', jsonBody, steering(noteFrom));

  // ---- recording ----

  router.get('/calls/:id/recording', async (req, res) => {
    const recording = await desk.recording(req.params.id);
    if (recording === null)
      return answerProblem(res, { code: 'not_found', message: 'There is no recording of such a call.' });
    try {
      await sendRecording(res, req.params.id, recording);
    } catch (error) {
      onBug(error);
      res.destroy();
    }
  });

  router.use(storeAway);
  return router;
}

/** What is right; else null, and it was answered what is wrong. */
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
