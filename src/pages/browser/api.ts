// Requests to the relay's API. A refusal is a value with the API's own code and words; a 401 anywhere opens the sign-in form.
import { signal } from '@preact/signals';
import type { Refusal } from './api-types.ts';

/** The API asked for a sign-in. What is on the page stays, under the form. */
export const isSignedOut = signal(false);

/** Grows with each sign-in: whatever failed for want of one asks again. */
export const signIns = signal(0);

export type Problem = Refusal;

export type Answer<T> =
  | { readonly is: 'ok'; readonly value: T }
  | { readonly is: 'refused'; readonly problem: Problem; readonly problems: readonly Problem[] };

export const OUT_OF_REACH: Problem = {
  code: 'out_of_reach',
  message: 'The relay does not answer. Is it running, and is this machine online?',
};

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Asks the API; `T` is what the API's description promises for the path. Rejects only if `signal` aborts. */
export async function ask<T>(path: string, request: Request = {}): Promise<Answer<T>> {
  const { method = 'GET', body, headers = {}, signal } = request;
  try {
    const response = await fetch(path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status === 401 && path !== '/session') isSignedOut.value = true;
    if (!response.ok) return await refusalOf(response);
    const text = await response.text();
    return { is: 'ok', value: text === '' ? undefined : JSON.parse(text) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return refused([OUT_OF_REACH]);
  }
}

export async function refusalOf(response: Response): Promise<Answer<never>> {
  try {
    const { error, errors = [error] }: { error: Problem; errors?: Problem[] } = JSON.parse(
      await response.text(),
    );
    const wait = response.headers.get('retry-after');
    const problems = errors.length === 0 ? [error] : errors;
    return refused(wait === null ? problems : problems.map((one) => ({ ...one, retryAfterS: Number(wait) })));
  } catch {
    return refused([{ code: `http_${response.status}`, message: `The relay answered ${response.status}.` }]);
  }
}

function refused(problems: readonly Problem[]): Answer<never> {
  return { is: 'refused', problem: problems[0] ?? OUT_OF_REACH, problems };
}
