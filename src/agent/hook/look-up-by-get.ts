// Looks a builder's app up at an address that runs nothing.
import type { LookedUp } from '../../call/ports.ts';
import { headersFor, NO_CALL } from '../agent-headers.ts';
import type { AgentOptions } from '../agent-kind.ts';
import { discard } from '../agent-post.ts';
import { foundAt, unproven } from '../look-up.ts';

const ANSWERED_WITHIN_MS = 9_000;

export async function lookUpByGet(
  url: string,
  who: string,
  { agentApiKey, agentHeaders }: AgentOptions,
): Promise<LookedUp> {
  try {
    const answer = await fetch(url, {
      headers: {
        ...(agentApiKey !== '' && { authorization: `Bearer ${agentApiKey}` }),
        ...headersFor(agentHeaders, NO_CALL),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
    });
    await discard(answer);
    return answer.ok ? { is: 'found' } : foundAt(url, who, answer.status);
  } catch {
    return unproven(undefined);
  }
}
