// The one body of every answer that is not a success: a stable code, a sentence, and the field it is about. Each code has
// one HTTP status. A sentence never quotes the request; only `field` may be a name out of it.
import type { Response } from 'express';
import { z } from 'zod';
import type { Refusal } from '../call/assignment.ts';
import { cutText } from '../call/text.ts';

export const STATUS = {
  bad_request: 400,
  invalid_json: 400,
  unknown_profile: 400,
  empty_audio: 400,
  unauthorized: 401,
  not_allowed: 403,
  do_not_call: 403,
  quiet_hours: 403,
  outbound_off: 403,
  https_needed: 403,
  carrier_off: 403,
  not_found: 404,
  unknown_conversation: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  idempotency_conflict: 409,
  call_over: 409,
  call_live: 409,
  number_changed: 409,
  number_in_trunk: 409,
  nothing_to_undo: 409,
  turn_running: 409,
  conversation_closed: 410,
  too_large: 413,
  too_long: 413,
  unsupported_media_type: 415,
  unsupported_audio: 415,
  invalid_request: 422,
  invalid_phone: 422,
  nothing_to_say: 422,
  nothing_understood: 422,
  rate_limited: 429,
  budget_spent: 429,
  internal: 500,
  carrier_rejected: 502,
  carrier_unavailable: 502,
  agent_unavailable: 502,
  agent_refused: 502,
  agent_rate_limited: 502,
  agent_malformed: 502,
  speech_unavailable: 502,
  busy: 503,
  closing: 503,
  too_many_conversations: 503,
  too_many_watchers: 503,
  unavailable: 503,
  agent_timeout: 504,
  speech_timeout: 504,
} as const;

export type ProblemCode = keyof typeof STATUS;

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly field?: string;
  readonly retryAfterS?: number;
}

/** When to try again, unless the problem says so itself. */
const RETRY_AFTER_S: Readonly<Partial<Record<ProblemCode, number>>> = {
  rate_limited: 60,
  budget_spent: 3600,
  busy: 10,
  too_many_watchers: 10,
  unavailable: 5,
  closing: 5,
  too_many_conversations: 5,
};

export const INTERNAL: Problem = { code: 'internal', message: 'Something went wrong on our side.' };

const MOST_PROBLEMS = 20;
const LONGEST_FIELD = 100;

export const problemItem = z.strictObject({
  code: z.string().meta({ description: 'Stable: programs match on it.' }),
  message: z.string().meta({ description: 'What is wrong, and what to do about it.' }),
  field: z.string().exactOptional().meta({ description: 'The field that is wrong, as `task.prompt`.' }),
});

export const problemSchema = z
  .strictObject({
    error: problemItem,
    errors: z
      .array(problemItem)
      .exactOptional()
      .meta({ description: 'Every wrong field of a wrong request.' }),
  })
  .meta({ id: 'Problem' });

export function answerProblem(res: Response, one: Problem | Refusal): void {
  send(res, one, { error: bodyOf(one) });
}

/** One problem per field; the first one decides the status. */
export function answerProblems(res: Response, problems: readonly [Problem, ...Problem[]]): void {
  const [first] = problems;
  send(res, first, { error: bodyOf(first), errors: problems.slice(0, MOST_PROBLEMS).map(bodyOf) });
}

function send(res: Response, { code, retryAfterS }: Problem, body: z.infer<typeof problemSchema>): void {
  const againInS = retryAfterS ?? RETRY_AFTER_S[code];
  if (againInS !== undefined) res.set('Retry-After', String(Math.max(1, Math.ceil(againInS))));
  res.status(STATUS[code]).json(body);
}

/** As an answer holds it, without its status. */
export function publicProblem(
  one: Problem | Refusal,
): z.infer<typeof problemItem> & { retryAfterS?: number } {
  return { ...bodyOf(one), ...(one.retryAfterS === undefined ? {} : { retryAfterS: one.retryAfterS }) };
}

function bodyOf({ code, message, field }: Problem): z.infer<typeof problemItem> {
  return { code, message, ...(field === undefined ? {} : { field: cutText(field, LONGEST_FIELD) }) };
}
