// A wait that has an end. What was waited for goes on all the same.
import type { Clock } from '../call/ports.ts';

/** null: it failed, or took too long. */
export function within<T>(clock: Clock, ms: number, doing: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<T | null>();
  const takeBack = clock.after(ms, () => resolve(null));
  void doing.then(resolve, () => resolve(null)).finally(takeBack);
  return promise;
}
