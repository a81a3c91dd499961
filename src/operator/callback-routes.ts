// A signed sample to a callback URL, so that a receiver is tried before a call depends on it. Whom it may reach is the sender's to
// say: the same as for real callbacks.
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Clock } from '../call/ports.ts';
import { jsonBody } from '../http/body.ts';
import { check } from '../http/checking.ts';
import { answer, type ApiPaths, json, refusals } from '../http/openapi.ts';
import { answerProblem } from '../http/problems.ts';
import { right } from './answering.ts';
import { callbackUrl } from './call-requests.ts';

export interface CallbackRoutesOptions {
  readonly clock: Clock;
  /** One attempt; null: callbacks are off. Never rejects. */
  readonly sendSample: (url: string) => Promise<SentSample | null>;
}

export type SentSample =
  | { readonly is: 'delivered' }
  /** `problem`: a status or a code. */
  | { readonly is: 'failed'; readonly problem: string };

const sampleBody = z.strictObject({ url: callbackUrl });

const sentSchema = z
  .strictObject({
    is: z.enum(['delivered', 'failed']),
    problem: z
      .string()
      .nullable()
      .meta({ description: 'The status that the receiver answered, or a code as `PRIVATE_ADDRESS`.' }),
    tookMs: z.number().min(0),
  })
  .meta({ id: 'SentSample' });

/** Must stand behind the operator's token. Samples go one at a time. */
export function callbackRoutes({ clock, sendSample }: CallbackRoutesOptions): Router {
  const router = express.Router();
  let isSending = false;
  router.post('/callbacks/sample', jsonBody, async (req, res) => {
    const body = right(res, check(sampleBody, req.body));
    if (body === null) return;
    if (isSending) return answerProblem(res, { code: 'busy', message: 'A sample is on its way already.' });
    isSending = true;
    const sentAt = clock.now();
    const sent = await sendSample(body.url).finally(() => (isSending = false));
    if (sent !== null) return void res.json(publicSample(sent, clock.now() - sentAt));
    answerProblem(res, {
      code: 'invalid_request',
      field: 'url',
      message: 'Callbacks are signed: set CALLBACK_SECRET first.',
    });
  });
  return router;
}

export function publicSample(sent: SentSample, tookMs: number) {
  const problem = sent.is === 'failed' ? sent.problem : null;
  return { is: sent.is, problem, tookMs: Math.round(tookMs) } satisfies z.infer<typeof sentSchema>;
}

export const CALLBACK_PATHS: ApiPaths = {
  '/callbacks/sample': {
    post: {
      tags: ['Operation'],
      summary: 'Send a signed sample to a callback URL',
      description:
        'Posts `{ id, type: "sample", at }` once, signed and fenced as callbacks of calls are, and tells what came of it. Nothing is kept.',
      requestBody: { content: json(sampleBody), required: true },
      responses: {
        200: answer('What came of it.', sentSchema),
        ...refusals(['bad_request', 'unsupported_media_type', 'invalid_request', 'too_large', 'busy'], {
          busy: 'another sample is on its way',
        }),
      },
    },
  },
};
