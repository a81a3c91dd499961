// O9: opens a connection to an agent's server before the request that needs it. An idle connection is kept for ten seconds, and
// many servers close it sooner: without this, most turns begin with another handshake.
import { agentFetch } from './agent-fetch.ts';
import type { AgentOptions } from './agent-kind.ts';
import { beginningOf } from './agent-post.ts';
import { withDeadline } from '../call/waiting.ts';

/** More calls than that keep connections open by themselves. */
const EVERY_MS = 1_000;
const WITHIN_MS = 3_000;
/** A connection is free again once all of the answer is read. */
const MOST_CHARS = 16_384;

/**
 * At most once a second; never throws. `OPTIONS /` without credentials runs no agent, and nobody bills it.
 */
export function warmUp(address: string, options: Pick<AgentOptions, 'clock' | 'requests'>): () => void {
  const { clock, requests } = options;
  const ask = requests?.fetch ?? agentFetch;
  const url = new URL('/', address);
  let lastAt = -Infinity;
  return () => {
    if (clock.now() - lastAt < EVERY_MS) return;
    lastAt = clock.now();
    withDeadline(clock, WITHIN_MS, null, async (signal) =>
      beginningOf(await ask(url, { method: 'OPTIONS', redirect: 'manual', signal }), MOST_CHARS),
    ).catch(() => {});
  };
}
