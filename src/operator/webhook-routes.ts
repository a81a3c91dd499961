// What Twilio asked lately and what a call would get now: both say whether a call that did not come through was ever here.
import express, { type Router } from 'express';
import { z } from 'zod';
import type { HeardWebhook, RehearsedWebhook, WebhookDesk } from '../call/heard-webhook.ts';
import { jsonBody } from '../http/body.ts';
import { check } from '../http/checking.ts';
import { answer, type ApiPaths, json, refusals } from '../http/openapi.ts';
import { right } from './answering.ts';
import { phoneNumber } from './call-requests.ts';
import { instant } from './call-responses.ts';

export interface WebhookRoutesOptions {
  readonly desk: WebhookDesk;
  /** Which a rehearsed call dials unless told otherwise; '' if the relay has none. */
  readonly usualNumber: string;
  readonly profileOf: (number: string) => string;
}

/** Reserved for fiction: nobody has it. */
const SOMEBODY = '+12025550123';

const webhookSchema = z
  .strictObject({
    at: instant,
    route: z.string(),
    tookMs: z.number().min(0),
    is: z.enum(['answered', 'refused']),
    refused: z
      .strictObject({ kind: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: 'What was wrong with it, by the kinds of `patchcord_input_refused_total`.' }),
    answer: z.string().meta({ description: "The first verb of the TwiML, as `Connect`; '' for none." }),
    callStatus: z.string(),
    callId: z.string().nullable(),
    from: z.string().meta({ description: "The caller's last four digits, or ''." }),
  })
  .meta({ id: 'Webhook' });

const webhooksHeard = z.strictObject({
  webhooks: z.array(webhookSchema).meta({
    description:
      'The last 20 that Twilio signed and the last 20 that were refused, of each process; the latest first.',
  }),
});

const rehearsalBody = z.strictObject({
  to: phoneNumber.exactOptional().meta({ description: 'The number that is dialled; TWILIO_PHONE_NUMBER.' }),
  from: phoneNumber.default(SOMEBODY).meta({ description: 'Who calls.' }),
});

const rehearsedSchema = z
  .strictObject({
    status: z.number().meta({ description: "HTTP's; 200 unless something is broken." }),
    twiml: z.string(),
    answer: z
      .string()
      .meta({ description: "The TwiML's first verb: `Connect`, or `Reject` for a busy tone." }),
    tookMs: z.number().min(0),
    from: z.string(),
    to: z.string(),
    profile: z.string(),
  })
  .meta({ id: 'WebhookRehearsal' });

/** Must stand behind the operator's token. */
export function webhookRoutes({ desk, usualNumber, profileOf }: WebhookRoutesOptions): Router {
  const router = express.Router();
  router.get('/webhooks', async (_req, res) => void res.json(publicWebhooks(await desk.heard())));
  router.post('/webhooks/rehearsal', jsonBody, async (req, res) => {
    const body = right(res, check(rehearsalBody, req.body));
    if (body === null) return;
    const { from, to = usualNumber } = body;
    res.json(publicRehearsed(await desk.rehearse(from, to), { from, to, profile: profileOf(to) }));
  });
  return router;
}

export function publicWebhooks(heard: readonly HeardWebhook[]) {
  return {
    webhooks: heard.map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
  } satisfies z.infer<typeof webhooksHeard>;
}

export function publicRehearsed(
  rehearsed: RehearsedWebhook,
  of: { readonly from: string; readonly to: string; readonly profile: string },
) {
  return { ...rehearsed, ...of } satisfies z.infer<typeof rehearsedSchema>;
}

const tags = ['Operation'];

export const WEBHOOK_PATHS: ApiPaths = {
  '/webhooks': {
    get: {
      tags,
      summary: 'The last webhooks, and what came of them',
      description: 'Kept in memory only, without what strangers wrote and without whole numbers.',
      responses: { 200: answer('The webhooks.', webhooksHeard) },
    },
  },
  '/webhooks/rehearsal': {
    post: {
      tags,
      summary: 'What a call would get now',
      description:
        'Asks `/voice` as Twilio would, signed, and answers with the TwiML. There is no call: nothing is begun, counted or written. The token in the TwiML is not a real one.',
      requestBody: { content: json(rehearsalBody) },
      responses: {
        200: answer('The answer to it.', rehearsedSchema),
        ...refusals([
          'bad_request',
          'unsupported_media_type',
          'invalid_request',
          'invalid_phone',
          'too_large',
        ]),
      },
    },
  },
};
