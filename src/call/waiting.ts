// Waits that end: with a promise, a signal or time, whichever is first. No timer outlives the wait it belongs to.
import type { Clock } from './ports.ts';

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

/** What `promise` resolves to, or null once `signal` has aborted. Rejects as `promise` does. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const stopped = Promise.withResolvers<null>();
  const stop = (): void => stopped.resolve(null);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([stopped.promise, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What `promise` resolves to, or `otherwise` after `ms`. Rejects as `promise` does. */
export async function within<T, U>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  otherwise: U,
): Promise<T | U> {
  let cancel = (): void => {};
  const overdue = new Promise<U>((resolve) => {
    cancel = clock.after(ms, () => resolve(otherwise));
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    cancel();
  }
}

/** Runs `ask` with a signal that aborts after `ms`, or when `signal` does, if there is one. Resolves and rejects as `ask` does. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | null,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const overdue = new AbortController();
  const cancel = clock.after(ms, () => overdue.abort());
  try {
    return await ask(signal === null ? overdue.signal : AbortSignal.any([signal, overdue.signal]));
  } finally {
    cancel();
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Runs `work` again and again, `everyMs` after it was done, beginning in `everyMs`. Returns what stops it and aborts `stopped`.
 * `work` must not reject.
 */
export function repeat(
  clock: Clock,
  everyMs: number,
  work: (stopped: AbortSignal) => Promise<unknown>,
): () => void {
  const stop = new AbortController();
  let cancel = (): void => {};
  const wait = (): void => {
    if (!stop.signal.aborted) cancel = clock.after(everyMs, () => void work(stop.signal).then(wait));
  };
  wait();
  return () => {
    stop.abort();
    cancel();
  };
}

/** A timer that fires later than this means that the process stood still. */
const STOOD_STILL_MS = 20;
/** For what came meanwhile to be read, and for a far end to say what it makes of it. */
const CATCH_UP_MS = 100;

/**
 * Runs `run` after `ms`, or a little later if this process stood still meanwhile: timers fire before sockets are read, so what looks
 * like the far end's silence may be audio that waits to be read. Returns what cancels it.
 */
export function afterSilence(clock: Clock, ms: number, run: () => void): () => void {
  const due = clock.now() + Math.max(0, ms);
  let cancel = clock.after(ms, () => {
    if (clock.now() - due < STOOD_STILL_MS) run();
    else cancel = clock.after(CATCH_UP_MS, run);
  });
  return () => cancel();
}
