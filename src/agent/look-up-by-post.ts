// Asks a server of the user's own whether it is there, by a request that no agent can answer: it checks address and key, and
// no agent runs.
import type { LookedUp } from '../call/ports.ts';
import { headersFor, NO_CALL } from './agent-headers.ts';
import type { AgentOptions } from './agent-kind.ts';
import { discard, post } from './agent-post.ts';
import { foundAt, unproven } from './look-up.ts';

const ANSWERED_WITHIN_MS = 9_000;
/** How servers refuse an empty body. */
const REFUSES_BODY: readonly number[] = [400, 415, 422];

export async function lookUpByPost(url: string, who: string, options: AgentOptions): Promise<LookedUp> {
  const agentTimeoutMs = Math.min(ANSWERED_WITHIN_MS, options.agentTimeoutMs);
  const headers = headersFor(options.agentHeaders, NO_CALL);
  try {
    const request = { url, headers, body: {} };
    const answer = await post(request, { ...options, agentTimeoutMs }, new AbortController().signal);
    await discard(answer);
    return REFUSES_BODY.includes(answer.status) ? { is: 'found' } : foundAt(url, who, answer.status);
  } catch {
    return unproven(undefined);
  }
}
