// Waiting by a far end's clock.
import type { Clock } from '../src/call/ports.ts';

/** Resolves after `ms`, and never in the same turn of the event loop. @throws the signal's reason once it aborts. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (ms <= 0) setImmediate(resolve);
  else {
    const stopTimer = clock.after(ms, resolve);
    signal?.addEventListener('abort', stopTimer, { once: true });
  }
  const onAbort = (): void => reject(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => signal?.removeEventListener('abort', onAbort));
}

/** Resolves after `ms`, or once `sooner` has resolved; no timer is left then. */
export async function pauseUnless(clock: Clock, ms: number, sooner: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopTimer = clock.after(ms, resolve);
  await Promise.race([promise, sooner]);
  stopTimer();
}
