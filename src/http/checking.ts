// Checks a request against its schema and reports all wrong fields at once, each as a Problem.
import type { z } from 'zod';
import type { Problem, ProblemCode } from './problems.ts';

export type Checked<T> = { readonly is: 'right'; readonly value: T } | Wrong;

export interface Wrong {
  readonly is: 'wrong';
  readonly problems: readonly [Problem, ...Problem[]];
}

/** Bounds whatever walks a request by recursion, as the compiler of `result` does. */
const DEEPEST = 32;

/** In JSON, where a backslash may itself be escaped. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;

export function check<T>(schema: z.ZodType<T>, given: unknown): Checked<T> {
  if (isTooDeep(given))
    return wrong({ code: 'invalid_request', message: `JSON may be nested at most ${DEEPEST} deep.` });
  // Postgres cannot keep it, and nobody says it.
  if (NUL.test(JSON.stringify(given) ?? ''))
    return wrong({ code: 'invalid_request', message: 'No name and no text may hold the character U+0000.' });
  const parsed = schema.safeParse(given);
  return parsed.success
    ? { is: 'right', value: parsed.data }
    : wrong(...parsed.error.issues.flatMap(problemsOf));
}

export function wrong(...problems: readonly Problem[]): Wrong {
  const [first = { code: 'invalid_request', message: 'The request is wrong.' }, ...others] = problems;
  return { is: 'wrong', problems: [first, ...others] };
}

export function refused(code: ProblemCode, message: string, field?: string): Wrong {
  return wrong({ code, message, ...(field === undefined ? {} : { field }) });
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      code: 'invalid_request',
      message: 'There is no such field.',
      field: [...path, key].map(String).join('.'),
    }));
  const message =
    issue.code === 'invalid_key' ? 'This name is too long.' : issue.message.replace(/\.?$/, '.');
  // Every phone number in a request has this name.
  const code = path.length === 1 && path[0] === 'to' ? 'invalid_phone' : 'invalid_request';
  return [path.length === 0 ? { code, message } : { code, message, field: path.map(String).join('.') }];
}

/** Without recursion: nothing has bounded the value yet. */
function isTooDeep(given: unknown): boolean {
  let level: unknown[] = [given];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
  }
  return false;
}
