// Asks again and again what was left to be done with the calls of this process, by whichever process was asked for it.
// Only while there are calls: a process that has none costs the store nothing.
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Steering } from '../call/steering.ts';

const ASK_EVERY_MS = 500;
/** What was wanted so long ago is not done any more: the conversation has moved on. Long enough for a hand-over. */
const STALE_AFTER_MS = 30_000;

export interface SteeringParts {
  readonly store: Pick<CallStore, 'takeSteerings'>;
  readonly ownerId: string;
  readonly clock: Clock;
  readonly liveCalls: () => readonly CallId[];
  readonly onSteering: (callId: CallId, steering: Steering) => void;
}

/** Returns what stops it. What a store that is down was given stays there. */
export function takeSteerings({ store, ownerId, clock, liveCalls, onSteering }: SteeringParts): () => void {
  let isStopped = false;
  let takeBack = (): void => {};
  const ask = async (): Promise<void> => {
    const taken =
      liveCalls().length === 0
        ? []
        : await store.takeSteerings(ownerId, clock.now() - STALE_AFTER_MS).catch(() => []);
    if (isStopped) return;
    for (const { callId, steering } of taken) onSteering(callId, steering);
    wait();
  };
  const wait = (): void => {
    takeBack = clock.after(ASK_EVERY_MS, () => void ask());
  };
  wait();
  return () => {
    isStopped = true;
    takeBack();
  };
}
