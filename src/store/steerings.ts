// Fetches what other processes ask for the calls of this one. A process without calls does not ask the store.
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';
import { repeat } from '../call/waiting.ts';

const ASK_EVERY_MS = 500;
/** Older steerings are dropped, because the conversation has moved on. Longer than a hand-over takes. */
const STALE_AFTER_MS = 30_000;

export interface SteeringParts {
  readonly store: Pick<CallStore, 'takeSteerings'>;
  readonly ownerId: string;
  readonly clock: Clock;
  readonly liveCalls: () => readonly CallId[];
  readonly onSteering: (callId: CallId, steering: Steering) => void;
}

/** Returns what stops it. While the store is down, steerings stay in it. */
export function takeSteerings({ store, ownerId, clock, liveCalls, onSteering }: SteeringParts): () => void {
  return repeat(clock, ASK_EVERY_MS, async (stopped) => {
    if (liveCalls().length === 0) return;
    const taken = await store.takeSteerings(ownerId, clock.now() - STALE_AFTER_MS).catch(() => []);
    if (!stopped.aborted) for (const { callId, steering } of taken) onSteering(callId, steering);
  });
}
