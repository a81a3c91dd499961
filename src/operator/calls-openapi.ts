// What calls-routes.ts answers, described: what each path takes, and what each status says.
import { z } from 'zod';
import { answer, type ApiPaths, header, json, refusals } from '../http/openapi.ts';
import type { ProblemCode } from '../http/problems.ts';
import {
  feedHeaders,
  hangUpBody,
  insightsQuery,
  listQuery,
  noteBody,
  peaksQuery,
  placeCallBody,
  placeCallHeaders,
  placeCallQuery,
  sayBody,
  transferBody,
  viewQuery,
} from './call-requests.ts';
import {
  callPageSchema,
  callSchema,
  feedEventSchema,
  insightsSchema,
  peaksSchema,
  rehearsalSchema,
  usageTodaySchema,
  steeredSchema,
} from './call-responses.ts';

export const CALL_SCHEMAS = { CallEvent: feedEventSchema } as const;

const WRONG_BODY = ['bad_request', 'too_large', 'unsupported_media_type', 'invalid_request'] as const;
const EVENTS = {
  description:
    'Server-sent events: `id` is the position, `event` the type, `data` a CallEvent as JSON. A comment every 15 s.',
  content: { 'text/event-stream': {} },
};
const headers = { Location: header('The path of the call.') };

export const CALL_PATHS: ApiPaths = {
  '/calls': {
    get: {
      tags: ['Calls'],
      summary: 'Calls, the latest first',
      requestParams: { query: listQuery },
      responses: {
        200: answer('A page of them.', callPageSchema),
        ...refusals(['invalid_request', 'unavailable']),
      },
    },
    post: {
      tags: ['Calls'],
      summary: 'Call somebody',
      description: 'Answers at once, before the relay dials.',
      requestParams: { header: placeCallHeaders, query: placeCallQuery },
      requestBody: { required: true, content: json(placeCallBody) },
      responses: {
        200: {
          ...answer(
            'A repeated request: its call as it is now. With `dry-run`: what would refuse it.',
            z.union([callSchema, rehearsalSchema]),
          ),
          headers,
        },
        202: { ...answer('The call waits to be dialled.', callSchema), headers },
        ...refusals(
          [
            ...WRONG_BODY,
            'invalid_phone',
            'not_allowed',
            'do_not_call',
            'quiet_hours',
            'outbound_off',
            'not_found',
            'idempotency_conflict',
            'rate_limited',
            'budget_spent',
            'carrier_rejected',
            'busy',
            'unavailable',
          ],
          { not_found: 'a repeated request whose call was erased' },
        ),
      },
    },
  },
  '/usage-today': {
    get: {
      tags: ['Calls'],
      summary: 'How many outbound calls and minutes are used of this day',
      responses: { 200: answer('Of all processes.', usageTodaySchema), ...refusals(['unavailable']) },
    },
  },
  '/insights': {
    get: {
      tags: ['Calls'],
      summary: 'How calls went over time',
      requestParams: { query: insightsQuery },
      responses: {
        200: answer('Stretch by stretch.', insightsSchema),
        ...refusals(['invalid_request', 'unavailable']),
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
        200: answer('The call as it is now.', callSchema),
        ...refusals(['not_found', 'invalid_request', 'too_many_watchers', 'unavailable']),
      },
    },
    delete: {
      tags: ['Calls'],
      summary: 'Erase a call: its record, its transcript and its recording',
      responses: {
        204: { description: 'The call is erased.' },
        ...refusals(['not_found', 'call_live', 'unavailable']),
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
        ...refusals(['not_found', 'invalid_request', 'too_many_watchers', 'unavailable']),
      },
    },
  },
  '/events': {
    get: {
      tags: ['Events'],
      summary: 'The events of all calls, as they happen',
      description: 'From now on, or after `Last-Event-ID`. Never ends by itself.',
      requestParams: { header: feedHeaders },
      responses: { 200: EVENTS, ...refusals(['invalid_request', 'too_many_watchers', 'unavailable']) },
    },
  },
  '/calls/{id}/recording': {
    get: {
      tags: ['Calls'],
      summary: "The recording: the caller's sound left, the relay's right",
      responses: {
        200: { description: 'A stereo WAV.', content: { 'audio/wav': {} } },
        206: { description: 'The range of it that `Range` asked for.', content: { 'audio/wav': {} } },
        416: { description: 'The range lies beyond its end.', content: {} },
        ...refusals(['not_found', 'unavailable']),
      },
    },
  },
  '/calls/{id}/recording/peaks': {
    get: {
      tags: ['Calls'],
      summary: 'How loud each side of the recording is, and when its parts began',
      requestParams: { query: peaksQuery },
      responses: {
        200: answer('Stretch by stretch.', peaksSchema),
        ...refusals(['not_found', 'invalid_request', 'too_many_watchers', 'unavailable']),
      },
    },
  },
  '/calls/{id}/hangup': steering('End the call, politely', hangUpBody),
  '/calls/{id}/transfer': steering('Connect the other side to a human', transferBody, [
    'not_allowed',
    'invalid_phone',
  ]),
  '/calls/{id}/say': steering('Speak a text, as written, now', sayBody),
  '/calls/{id}/note': steering('Tell the agent something', noteBody),
};

function steering(summary: string, body: z.ZodType, more: readonly ProblemCode[] = []): ApiPaths[string] {
  return {
    post: {
      tags: ['Steering'],
      summary,
      requestBody: { required: body !== hangUpBody, content: json(body) },
      responses: {
        202: answer('The command is on its way.', steeredSchema),
        ...refusals([...WRONG_BODY, 'not_found', 'call_over', 'unavailable', ...more], {
          not_allowed: "not among the profile's numbers",
        }),
      },
    },
  };
}
