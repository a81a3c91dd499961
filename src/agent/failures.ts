// Maps what went wrong at OpenAI to the five failures that a call knows. The detail contains status and code only, because
// the vendor's messages quote the request: they may contain what the caller said, or a part of the key.
import { APIConnectionTimeoutError, APIError } from 'openai/error';
import type { SessionTurnError } from 'openai/resources/beta/agents/agents';
import type { ResponseError } from 'openai/resources/responses/responses';
import { EventTooLong } from './event-stream.ts';
import type { AgentEvent, AgentFailure } from '../call/ports.ts';

export type AgentFailed = Extract<AgentEvent, { type: 'failed' }>;

type KnownCode = SessionTurnError['code'] | ResponseError['code'];

/** Codes after which another try may succeed. Any other code would come again, so it counts as refused. */
const PASSING: Partial<Record<KnownCode, AgentFailure>> = {
  rate_limit_exceeded: 'rate-limited',
  request_timeout: 'timeout',
  server_error: 'unavailable',
  server_overloaded: 'unavailable',
  internal_error: 'unavailable',
  connection_failed: 'unavailable',
  flex_unavailable: 'unavailable',
  sandbox_error: 'unavailable',
  executor_version_incompatible: 'unavailable',
  active_turn_not_steerable: 'unavailable',
  vector_store_timeout: 'unavailable',
};

const FAILURE_OF_CODE: ReadonlyMap<string, AgentFailure> = new Map(Object.entries(PASSING));

export function failed(failure: AgentFailure, detail: string): AgentFailed {
  return { type: 'failed', failure, detail };
}

/** A failure as an exception, for code whose caller reads exceptions of the SDK as well. */
export class AgentError extends Error {
  readonly failed: AgentFailed;
  /** The HTTP status with which a server refused; undefined if none did. */
  readonly status: number | undefined;

  constructor(failure: AgentFailed, status?: number) {
    super(failure.detail);
    this.failed = failure;
    this.status = status;
  }
}

/** A failure that a stream which had begun well reported by its code. */
export function failedWithCode(code: string | null | undefined): AgentFailed {
  if (code === null || code === undefined || code === '') return failed('unavailable', 'no code');
  // A compatible server may write a sentence here that quotes the caller.
  return failed(
    FAILURE_OF_CODE.get(code) ?? 'refused',
    /^[\w.:-]{1,64}$/.test(code) ? code : 'no plain code',
  );
}

/** The same for a server with codes of its own, which says whether another try may succeed. */
export function failedWithHint(code: string | null, mayRetry: boolean): AgentFailed {
  const known = FAILURE_OF_CODE.get(code ?? '');
  return failed(known ?? (mayRetry ? 'unavailable' : 'refused'), code ?? 'no plain code');
}

export function failedWith(error: unknown): AgentFailed {
  if (error instanceof AgentError) return error.failed;
  if (error instanceof EventTooLong) return failed('malformed', 'an event too long');
  const isOverdue = error instanceof DOMException && error.name === 'TimeoutError';
  if (isOverdue || error instanceof APIConnectionTimeoutError) return failed('timeout', 'no answer in time');
  if (error instanceof SyntaxError) return failed('malformed', 'not JSON');
  if (!(error instanceof APIError)) return failed('unavailable', 'not answered');
  const { status } = error;
  const code: unknown = error.code;
  if (typeof status === 'number') return failedWithStatus(status, code);
  if (typeof code === 'string') return failedWithCode(code);
  // On a stream that had begun well, compatible servers (OpenRouter, vLLM) write the status as the code.
  const isStatus = typeof code === 'number' && code >= 400;
  return isStatus ? failedWithStatus(code, null) : failed('unavailable', 'no connection');
}

/** The HTTP status with which a server refused; undefined if no server did. */
export function statusOf(error: unknown): number | undefined {
  const isAnswered = error instanceof APIError || error instanceof AgentError;
  const status: unknown = isAnswered ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

export function failedWithStatus(status: number, code: unknown): AgentFailed {
  const detail = `${status}${typeof code === 'string' ? ` ${failedWithCode(code).detail}` : ''}`;
  if (status === 408) return failed('timeout', detail);
  // A used-up quota is answered with 429 too, but waiting within a call does not help.
  if (status === 429) return failed(code === 'insufficient_quota' ? 'refused' : 'rate-limited', detail);
  if (status === 409 || status >= 500) return failed('unavailable', detail);
  return failed('refused', detail);
}
