// Says again and again that this process has its calls. A call that another process holds by now is not ours any more:
// whoever is told so must let go of it without touching the call itself.
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

export interface LeasesParts {
  readonly store: CallStore;
  readonly ownerId: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly liveCalls: () => readonly CallId[];
  /** Told every time until the call is no longer among `liveCalls`. */
  readonly onTaken: (callId: CallId) => void;
}

/** Renews three times a lease; returns what stops it. A store that is down takes no call from anybody. */
export function keepLeases({ store, ownerId, clock, leaseMs, liveCalls, onTaken }: LeasesParts): () => void {
  let isStopped = false;
  let takeBack = (): void => {};
  const renew = async (): Promise<void> => {
    const calls = liveCalls();
    const taken =
      calls.length === 0
        ? []
        : await store.renew(ownerId, calls, clock.now() + leaseMs).catch((): CallId[] => []);
    if (isStopped) return;
    for (const callId of taken) onTaken(callId);
    wait();
  };
  const wait = (): void => {
    takeBack = clock.after(leaseMs / 3, () => void renew());
  };
  wait();
  return () => {
    isStopped = true;
    takeBack();
  };
}
