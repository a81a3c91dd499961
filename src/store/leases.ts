// Keeps renewing this process's claim on its calls. A call that another process holds by now is no longer ours: it must be
// released without touching the call itself.
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { repeat } from '../call/waiting.ts';

export interface LeasesParts {
  readonly store: Pick<CallStore, 'renew'>;
  readonly ownerId: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly liveCalls: () => readonly CallId[];
  /** Another process holds the call. Comes again until it is no longer among `liveCalls`. */
  readonly onTaken: (callId: CallId) => void;
}

/** Renews three times a lease; returns what stops it. A store that is down takes no call from any process. */
export function keepLeases({ store, ownerId, clock, leaseMs, liveCalls, onTaken }: LeasesParts): () => void {
  return repeat(clock, leaseMs / 3, async (stopped) => {
    const calls = liveCalls();
    if (calls.length === 0) return;
    const taken = await store.renew(ownerId, calls, clock.now() + leaseMs).catch(() => []);
    if (!stopped.aborted) for (const callId of taken) onTaken(callId);
  });
}
