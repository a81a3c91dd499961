// Sessions over HTTP: one is made here, opened as a socket, and can be looked at and ended from outside. talk-openapi.ts
// describes these routes; a test compares the two.
import express, { type RequestHandler, type Router } from 'express';
import type { z } from 'zod';
import type { Steered } from '../call/call-control.ts';
import { browserIdOf, isBrowserId } from '../call/call-id.ts';
import { StoreError } from '../call/call-store.ts';
import type { CallId, LiveTalk } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { type IdentityCheck, NO_TOKEN } from '../http/access.ts';
import { jsonBody } from '../http/body.ts';
import { check } from '../http/checking.ts';
import { answerProblem, answerProblems, type Problem } from '../http/problems.ts';
import { sealed } from '../http/seal.ts';
import {
  type disconnectedSchema,
  sessionBody,
  type sessionSchema,
  type statusSchema,
} from './talk-openapi.ts';

/** Longer than any call lasts, because its page comes back with the same session. */
const SESSION_MS = 25 * 3_600_000;
const SESSION_ID = /^[\w.-]{1,100}$/;

const FULL: Problem = { code: 'busy', message: 'All places for talks are taken. End one, or try again.' };
const CLOSING: Problem = {
  code: 'closing',
  message: 'This process is stopping. Try again: another one will answer.',
};
const NO_SUCH_TALK: Problem = { code: 'not_found', message: 'There is no such session.' };
const TALK_OVER: Problem = { code: 'call_over', message: 'The talk has ended.' };
const RECORDS_AWAY: Problem = {
  code: 'unavailable',
  message: 'The records cannot be reached now. Try again.',
};

/** What the routes need of the calls. */
export interface TalkDesk {
  /** Of this machine. */
  readonly count: () => number;
  /** Of this machine, those that began first before the others. */
  readonly live: () => Promise<readonly LiveTalk[]>;
  readonly isDraining: () => boolean;
  /** Ends the talk, whichever process has it. Rejects with a StoreError. */
  readonly hangUp: (callId: CallId) => Promise<Steered>;
}

export interface TalkRoutesOptions {
  readonly clock: Clock;
  readonly identify: IdentityCheck;
  readonly most: number;
  readonly isPlayed: boolean;
  readonly desk: TalkDesk;
}

/** Must stand behind the operator's lock. */
export function talkRoutes(options: TalkRoutesOptions): Router {
  const router = express.Router();
  router.post('/sessions', jsonBody, makeSession(options));
  router.get('/ws/status', status(options));
  router.post('/ws/disconnect/:id', disconnect(options));
  return router;
}

function makeSession({ clock, identify, most, desk }: TalkRoutesOptions): RequestHandler {
  return async (req, res) => {
    const checked = check(sessionBody, req.body);
    if (checked.is === 'wrong') return answerProblems(res, checked.problems);
    if (desk.isDraining()) return answerProblem(res, CLOSING);
    if (desk.count() >= most) return answerProblem(res, FULL);
    const identity = await identify(req);
    // The lock let them through a moment ago.
    if (identity.is !== 'granted') return answerProblem(res, NO_TOKEN);
    const until = clock.now() + SESSION_MS;
    const id = sealed(identity.token, `talk of ${identity.who}`, until);
    const socket = `/ws/voice-agent/${id}`;
    res.status(201).location(socket);
    res.json({ id, socket, callId: browserIdOf(id), until: iso(until) } satisfies z.infer<
      typeof sessionSchema
    >);
  };
}

function status({ most, isPlayed, desk }: TalkRoutesOptions): RequestHandler {
  return async (_req, res) => {
    const live = await desk.live();
    const talks = live.map(({ callId, startedAt, profile, isTyped, isConnected }) => ({
      callId,
      since: iso(startedAt),
      profile,
      mode: isTyped ? ('text' as const) : ('voice' as const),
      isConnected,
    }));
    res.json({ live: talks.length, most, isPlayed, talks } satisfies z.infer<typeof statusSchema>);
  };
}

function disconnect({ desk }: TalkRoutesOptions): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { id } = req.params;
    if (!SESSION_ID.test(id)) return answerProblem(res, NO_SUCH_TALK);
    const callId = isBrowserId(id) ? id : browserIdOf(id);
    const steered = await desk.hangUp(callId).catch((error: unknown) => {
      if (error instanceof StoreError) return null;
      throw error;
    });
    if (steered === null) return answerProblem(res, RECORDS_AWAY);
    if (steered === 'over') return answerProblem(res, TALK_OVER);
    if (steered !== 'accepted') return answerProblem(res, NO_SUCH_TALK);
    res.status(202).json({ callId } satisfies z.infer<typeof disconnectedSchema>);
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
