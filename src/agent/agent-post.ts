// One request to the user's own agent, as JSON over POST: ChatKit, AG-UI, the AI SDK and webhooks share it. It is sent once;
// only the call itself asks again (T5).
import { fieldsOf, parsedJson, textOf } from '../call/json.ts';
import { agentFetch } from './agent-fetch.ts';
import type { AgentOptions } from './agent-kind.ts';
import { AgentError, failedWithStatus } from './failures.ts';
import { limitedFetch } from './request-limits.ts';

export type PostOptions = Pick<AgentOptions, 'agentApiKey' | 'agentTimeoutMs' | 'clock' | 'requests'>;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

const LONGEST_REFUSAL = 4096;

/**
 * The answer, whatever its status. Silence of `agentTimeoutMs`, before the first byte or between two, rejects with a
 * `TimeoutError`; else it rejects as fetch does.
 */
export function post(
  { url, headers, body }: Post,
  { agentApiKey, agentTimeoutMs, clock, requests }: PostOptions,
  signal: AbortSignal,
): Promise<Response> {
  const limits = { clock, answerMs: agentTimeoutMs, recordMs: agentTimeoutMs };
  return limitedFetch(requests?.fetch ?? agentFetch, limits)(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(agentApiKey !== '' && { authorization: `Bearer ${agentApiKey}` }),
      ...headers,
    },
    body: JSON.stringify(body),
    // Another address must receive neither the token nor the caller's words.
    redirect: 'manual',
    signal,
  });
}

/** The body of an answer with 2xx; rejects with an `AgentError` for any other. */
export async function acceptedBody(answer: Response): Promise<AsyncIterable<Uint8Array>> {
  if (answer.ok && answer.body !== null) return answer.body;
  const code = codeOfRefusal(await beginningOf(answer, LONGEST_REFUSAL));
  throw new AgentError(failedWithStatus(answer.status, code), answer.status);
}

/** The code in a refusal's body, as OpenAI's servers and most others write it; null if it does not look like one. */
export function codeOfRefusal(body: string): string | null {
  const { code, error } = fieldsOf(parsedJson(body));
  const found = textOf(fieldsOf(error)['code']) || textOf(code);
  return /^[a-z0-9_.]{1,40}$/.test(found) ? found : null;
}

/** At most `most` characters and a chunk; what came before the connection broke. Never rejects. */
export async function beginningOf({ body }: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > most) break;
    }
  } catch {
    // What came so far has to do.
  }
  return text;
}

export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}
