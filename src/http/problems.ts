// What is answered instead of what was asked for: a stable code, a sentence, and the field it is about. A code has one
// HTTP status. A sentence never quotes what was sent; only `field` may be a name out of it.
import type { Response } from 'express';
import { z } from 'zod';
import type { Refusal, RefusalCode } from '../call/assignment.ts';
import { cutText } from '../call/text.ts';

/** Codes that are no refusal of a call. */
type AnswerCode =
  | 'bad_request'
  | 'unauthorized'
  | 'not_found'
  | 'call_over'
  | 'call_live'
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many_watchers'
  | 'unavailable';

export type ProblemCode = RefusalCode | AnswerCode;

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly field?: string;
  readonly retryAfterS?: number;
}

const STATUS: Readonly<Record<ProblemCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  not_allowed: 403,
  do_not_call: 403,
  quiet_hours: 403,
  outbound_off: 403,
  not_found: 404,
  idempotency_conflict: 409,
  call_over: 409,
  call_live: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_request: 422,
  invalid_phone: 422,
  rate_limited: 429,
  budget_spent: 429,
  carrier_rejected: 502,
  busy: 503,
  too_many_watchers: 503,
  unavailable: 503,
};

/** With these goes a word on when to try again, the desk's own or this. */
const RETRY_AFTER_S: Readonly<Partial<Record<ProblemCode, number>>> = {
  rate_limited: 60,
  budget_spent: 3600,
  busy: 10,
  too_many_watchers: 10,
  unavailable: 5,
};

const MOST_PROBLEMS = 20;
const LONGEST_FIELD = 100;

const problem = z.strictObject({
  code: z.string().meta({ description: 'Stable: programs match on it.' }),
  message: z.string().meta({ description: 'What is wrong, and what to do about it.' }),
  field: z.string().exactOptional().meta({ description: 'The field it is about, as `task.prompt`.' }),
});

/** The body of every answer that is no success. */
export const problemSchema = z.strictObject({
  error: problem,
  errors: z.array(problem).exactOptional().meta({ description: 'Of a request that is wrong: one a field.' }),
});

export function answerProblem(res: Response, one: Problem | Refusal): void {
  send(res, one, { error: bodyOf(one) });
}

/** One a field; the first is the answer. */
export function answerProblems(res: Response, problems: readonly [Problem, ...Problem[]]): void {
  const [first] = problems;
  send(res, first, { error: bodyOf(first), errors: problems.slice(0, MOST_PROBLEMS).map(bodyOf) });
}

function send(res: Response, { code, retryAfterS }: Problem, body: z.infer<typeof problemSchema>): void {
  const againInS = retryAfterS ?? RETRY_AFTER_S[code];
  if (againInS !== undefined) res.set('Retry-After', String(Math.max(1, Math.ceil(againInS))));
  res.status(STATUS[code]).json(body);
}

function bodyOf({ code, message, field }: Problem): z.infer<typeof problem> {
  return { code, message, ...(field === undefined ? {} : { field: cutText(field, LONGEST_FIELD) }) };
}
