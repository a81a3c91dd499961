// How a request to the engine ends: an answer, or what is wrong.
import { type Wrong, wrong } from '../http/checking.ts';
import type { ProblemCode } from '../http/problems.ts';

export type Outcome = Done | Wrong;

export interface Done {
  readonly is: 'done';
  readonly status: number;
  /** Bytes are sent as they are, any other object as JSON, and null as nothing. */
  readonly body: object | null;
  readonly headers: Readonly<Record<string, string>>;
}

export function answered(
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): Done {
  return { is: 'done', status, body, headers };
}

export function refused(code: ProblemCode, message: string, field?: string): Wrong {
  return wrong({ code, message, ...(field === undefined ? {} : { field }) });
}
