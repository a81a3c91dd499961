// How a request ends: an answer, or a problem with a stable code. Messages say what to do, and repeat nothing of what was
// sent but the names of fields.
import type { z } from 'zod';
import { cutText } from '../call/text.ts';

interface Problem {
  readonly code: string;
  readonly message: string;
  /** The field it is about, as `parameters.name`. */
  readonly field?: string;
}

export interface Outcome {
  readonly status: number;
  /** A file is bytes; anything else is sent as JSON, and null as nothing. */
  readonly body: object | null;
  readonly headers: Readonly<Record<string, string>>;
}

export type Checked<Value> =
  | { readonly is: 'right'; readonly value: Value }
  | { readonly is: 'wrong'; readonly why: Outcome };

const MOST_PROBLEMS = 20;
const RETRY_AFTER_S = 5;

export function answered(
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  return { status, body, headers };
}

export function refused(status: number, code: string, message: string, field?: string): Outcome {
  const error: Problem = { code, message, ...(field === undefined ? {} : { field }) };
  return answered(status, { error }, status === 503 ? { 'Retry-After': String(RETRY_AFTER_S) } : {});
}

/** What was asked for, or an error for every field that is wrong. */
export function checked<Schema extends z.ZodType>(schema: Schema, given: unknown): Checked<z.infer<Schema>> {
  const result = schema.safeParse(given);
  if (result.success) return { is: 'right', value: result.data };
  const errors = result.error.issues.flatMap(problemsOf).slice(0, MOST_PROBLEMS);
  return {
    is: 'wrong',
    why: answered(400, { error: errors[0], ...(errors.length > 1 ? { errors } : {}) }),
  };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => problemAt([...issue.path, key], 'There is no such field.'))
    : [problemAt(issue.path, issue.message.replace(/\.?$/, '.'))];
}

function problemAt(path: readonly PropertyKey[], message: string): Problem {
  const field = cutText(path.map(String).join('.'), 100);
  return { code: 'invalid_request', message, ...(field === '' ? {} : { field }) };
}
