// What calls-routes.ts answers, described: what each path takes, and what each status says.
import type { z } from 'zod';
import { type ApiPaths, header, json } from '../http/openapi.ts';
import {
  feedHeaders,
  listQuery,
  noteBody,
  nothingBody,
  placeCallBody,
  placeCallHeaders,
  sayBody,
  transferBody,
  viewQuery,
} from './call-requests.ts';
import { callPageSchema, callSchema, feedEventSchema, steeredSchema } from './call-responses.ts';

/** The feeds' data. */
export const CALL_SCHEMAS = { CallEvent: feedEventSchema } as const;

const UNKNOWN = { description: '`not_found`' };
const AWAY = { description: '`unavailable`: the records cannot be reached now.' };
const WRONG = { description: '`invalid_request`: what is wrong, field by field.' };
const WRONG_WITH_PHONE = {
  description: '`invalid_phone` or `invalid_request`: what is wrong, field by field.',
};
const MANY = { description: '`too_many_watchers`, or `unavailable`.' };
const WRONG_BODY = {
  400: { description: '`bad_request`: not JSON.' },
  413: { description: '`too_large`: more than 128 KB.' },
  415: { description: '`unsupported_media_type`: not application/json.' },
};
const EVENTS = {
  description:
    'Server-sent events: `id` is the position, `event` the type, `data` a CallEvent as JSON. A comment every 15 s.',
  content: { 'text/event-stream': {} },
};
const WHERE = { Location: header('The path of the call.') };

export const CALL_PATHS: ApiPaths = {
  '/calls': {
    get: {
      tags: ['Calls'],
      summary: 'Calls, the latest first',
      requestParams: { query: listQuery },
      responses: {
        200: { description: 'A page of them.', content: json(callPageSchema) },
        422: WRONG,
        503: AWAY,
      },
    },
    post: {
      tags: ['Calls'],
      summary: 'Call somebody',
      description: 'Answers at once, before the relay dials.',
      requestParams: { header: placeCallHeaders },
      requestBody: { required: true, content: json(placeCallBody) },
      responses: {
        ...WRONG_BODY,
        200: {
          description: 'A repeated request: its call as it is now.',
          content: json(callSchema),
          headers: WHERE,
        },
        202: { description: 'The call waits to be dialled.', content: json(callSchema), headers: WHERE },
        403: { description: '`not_allowed`, `do_not_call`, `quiet_hours` or `outbound_off`.' },
        404: { description: '`not_found`: a repeated request whose call was erased.' },
        409: { description: '`idempotency_conflict`: the same key came with another body.' },
        422: WRONG_WITH_PHONE,
        429: {
          description: '`rate_limited` or `budget_spent`.',
          headers: { 'Retry-After': header('Seconds after which it is worth trying again.') },
        },
        502: { description: '`carrier_rejected`' },
        503: { description: '`busy` or `unavailable`' },
      },
    },
  },
  '/calls/{id}': {
    get: {
      tags: ['Calls'],
      summary: 'One call: its stage, its transcript, its result',
      description: 'With `wait`, answers once the call has changed, is settled, or the time is up.',
      requestParams: { query: viewQuery },
      responses: {
        200: { description: 'The call as it is now.', content: json(callSchema) },
        404: UNKNOWN,
        422: WRONG,
        503: MANY,
      },
    },
    delete: {
      tags: ['Calls'],
      summary: 'Erase a call: its record, its transcript and its recording',
      responses: {
        204: { description: 'The call is erased.' },
        404: UNKNOWN,
        409: { description: '`call_live`: the call has not ended, or its result is not there yet.' },
        503: AWAY,
      },
    },
  },
  '/calls/{id}/events': {
    get: {
      tags: ['Events'],
      summary: 'The events of a call, as they happen',
      description:
        'From the first event, or after `Last-Event-ID`. Ends with `call-ended`; for an outbound call with `call-settled`, once its result is there.',
      requestParams: { header: feedHeaders },
      responses: {
        200: EVENTS,
        204: { description: 'The call is settled and you have every event: do not reconnect.' },
        404: UNKNOWN,
        422: WRONG,
        503: MANY,
      },
    },
  },
  '/events': {
    get: {
      tags: ['Events'],
      summary: 'The events of all calls, as they happen',
      description: 'From now on, or after `Last-Event-ID`. Never ends by itself.',
      requestParams: { header: feedHeaders },
      responses: { 200: EVENTS, 422: WRONG, 503: MANY },
    },
  },
  '/calls/{id}/recording': {
    get: {
      tags: ['Calls'],
      summary: "The recording: the caller's sound left, the relay's right",
      responses: {
        200: { description: 'A stereo WAV.', content: { 'audio/wav': {} } },
        404: UNKNOWN,
        503: AWAY,
      },
    },
  },
  '/calls/{id}/hangup': steering('End the call, politely', nothingBody),
  '/calls/{id}/transfer': steering('Connect the other side to a human', transferBody, {
    403: { description: "`not_allowed`: not among the profile's numbers." },
    422: WRONG_WITH_PHONE,
  }),
  '/calls/{id}/say': steering('Speak a text, as written, now', sayBody),
  '/calls/{id}/note': steering('Tell the agent something', noteBody),
};

function steering(
  summary: string,
  body: z.ZodType,
  refusals: Readonly<Record<number, { readonly description: string }>> = {},
): ApiPaths[string] {
  return {
    post: {
      tags: ['Steering'],
      summary,
      requestBody: { required: body !== nothingBody, content: json(body) },
      responses: {
        ...WRONG_BODY,
        202: { description: 'The command is on its way.', content: json(steeredSchema) },
        404: UNKNOWN,
        409: { description: '`call_over`: the call has ended.' },
        422: WRONG,
        503: AWAY,
        ...refusals,
      },
    },
  };
}
