// What calls-routes.ts answers, described: each path with what it takes and each status with what it says.
import {
  callPageSchema,
  callSchema,
  callSummarySchema,
  feedEventSchema,
  resultSchema,
  steeredSchema,
} from './call-responses.ts';
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
import type { ApiAnswer, ApiPath } from '../http/openapi.ts';

/** What has a name in the document. */
export const CALL_SCHEMAS = {
  Call: callSchema,
  CallSummary: callSummarySchema,
  CallPage: callPageSchema,
  CallResult: resultSchema,
  CallEvent: feedEventSchema,
} as const;

const UNKNOWN: ApiAnswer = { description: '`not_found`' };
const AWAY: ApiAnswer = { description: '`unavailable`: the records cannot be reached now.' };
const WRONG: ApiAnswer = { description: '`invalid_request`: what is wrong, field by field.' };
const MANY: ApiAnswer = { description: '`too_many_watchers`, or `unavailable`.' };
const BODY: Readonly<Record<number, ApiAnswer>> = {
  400: { description: '`bad_request`: not JSON.' },
  413: { description: '`too_large`: more than 64 KB.' },
  415: { description: '`unsupported_media_type`: not application/json.' },
};
const EVENTS: ApiAnswer = {
  description:
    'Server-sent events: `id` is the position, `event` the type, `data` a CallEvent as JSON. A comment every 15 s.',
  contentType: 'text/event-stream',
};

const watching: readonly ApiPath[] = [
  {
    path: '/calls',
    method: 'get',
    tag: 'Calls',
    summary: 'Calls, the latest first',
    query: listQuery,
    responses: { 200: { description: 'A page of them.', schema: callPageSchema }, 422: WRONG, 503: AWAY },
  },
  {
    path: '/calls/{id}',
    method: 'get',
    tag: 'Calls',
    summary: 'One call: where it stands, what was said and heard, what came of it',
    description: 'With `wait`, answered once the call has changed, is settled, or the time is up.',
    query: viewQuery,
    responses: {
      200: { description: 'The call as it is now.', schema: callSchema },
      404: UNKNOWN,
      422: WRONG,
      503: MANY,
    },
  },
  {
    path: '/calls/{id}/events',
    method: 'get',
    tag: 'Events',
    summary: 'What happens in a call, as it happens',
    description:
      'From its beginning, or behind `Last-Event-ID`. Ends with `call-ended`; of a call out with `call-settled`, once its result is made.',
    headers: feedHeaders,
    responses: {
      200: EVENTS,
      204: { description: 'The call is settled and all of it was told: do not come again.' },
      404: UNKNOWN,
      422: WRONG,
      503: MANY,
    },
  },
  {
    path: '/events',
    method: 'get',
    tag: 'Events',
    summary: 'What happens in all calls, as it happens',
    description: 'From now on, or behind `Last-Event-ID`. Never ends by itself.',
    headers: feedHeaders,
    responses: { 200: EVENTS, 422: WRONG, 503: MANY },
  },
  {
    path: '/calls/{id}/recording',
    method: 'get',
    tag: 'Calls',
    summary: 'What was to be heard: the caller left, the relay right',
    responses: {
      200: { description: 'A stereo WAV.', contentType: 'audio/wav' },
      404: UNKNOWN,
      503: AWAY,
    },
  },
];

const doing: readonly ApiPath[] = [
  {
    path: '/calls',
    method: 'post',
    tag: 'Calls',
    summary: 'Call somebody',
    description: 'Answered at once, before anything is dialled.',
    headers: placeCallHeaders,
    request: { schema: placeCallBody },
    responses: {
      ...BODY,
      200: {
        description: 'This request came before: its call as it is now.',
        schema: callSchema,
        headers: { Location: 'Where the call is to be seen.' },
      },
      202: {
        description: 'The call waits to be dialled.',
        schema: callSchema,
        headers: { Location: 'Where the call is to be seen.' },
      },
      403: { description: '`not_allowed`, `do_not_call`, `quiet_hours` or `outbound_off`.' },
      404: { description: '`not_found`: this request came before, and its call was erased.' },
      409: { description: '`idempotency_conflict`: the same key came with another body.' },
      422: { description: '`invalid_phone` or `invalid_request`: what is wrong, field by field.' },
      429: {
        description: '`rate_limited` or `budget_spent`.',
        headers: { 'Retry-After': 'Seconds after which it is worth trying again.' },
      },
      502: { description: '`carrier_rejected`' },
      503: { description: '`busy` or `unavailable`' },
    },
  },
  {
    path: '/calls/{id}',
    method: 'delete',
    tag: 'Calls',
    summary: 'Erase a call: its record, its words and its recording',
    responses: {
      204: { description: 'It is gone.' },
      404: UNKNOWN,
      409: { description: '`call_live`: it still goes on, or its result is being made.' },
      503: AWAY,
    },
  },
];

function steering(what: string, summary: string, schema: ApiBodySchema, refusals: Answers = {}): ApiPath {
  return {
    path: `/calls/{id}/${what}`,
    method: 'post',
    tag: 'Steering',
    summary,
    request: { schema, ...(schema === nothingBody ? { isOptional: true } : {}) },
    responses: {
      ...BODY,
      ...refusals,
      202: { description: 'It is being done.', schema: steeredSchema },
      404: UNKNOWN,
      409: { description: '`call_over`: the call has ended.' },
      422: WRONG,
      503: AWAY,
    },
  };
}

type ApiBodySchema = NonNullable<NonNullable<ApiPath['request']>['schema']>;
type Answers = Readonly<Record<number, ApiAnswer>>;

export const CALL_PATHS: readonly ApiPath[] = [
  ...watching,
  ...doing,
  steering('hangup', 'End the call, politely', nothingBody),
  steering('transfer', 'Connect the other side to a human', transferBody, {
    403: { description: "`not_allowed`: not among the profile's numbers." },
    422: { description: '`invalid_phone` or `invalid_request`' },
  }),
  steering('say', 'Have something spoken, as written, now', sayBody),
  steering('note', 'Tell the agent something', noteBody),
];
