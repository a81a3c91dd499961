// Waiting by the clock for something that may come to nothing before.
import type { Clock } from '../../src/call/ports.ts';

/** Resolves after so long, or once `sooner` has resolved; no timer is left then. */
export async function pause(clock: Clock, ms: number, sooner: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopTimer = clock.after(ms, resolve);
  await Promise.race([promise, sooner]);
  stopTimer();
}
