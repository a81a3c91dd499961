// One beat for all calls on one clock: a timer for each would cost more than the calls. It says only "time has passed";
// each call computes from the clock how many frames it owes, so a late beat makes a burst and never a slow call.
import type { Clock } from '../../src/call/ports.ts';

/** A quarter of a frame, so that the frames of many calls do not all leave in the same instant. */
const BEAT_MS = 5;

const listenersOf = new WeakMap<Clock, Set<() => void>>();

/** Calls `run` every few milliseconds until the returned function is called. */
export function onEveryBeat(clock: Clock, run: () => void): () => void {
  const listeners = listenersOf.get(clock) ?? new Set();
  listenersOf.set(clock, listeners);
  listeners.add(run);
  if (listeners.size === 1) beatOn(clock, listeners);
  return () => {
    listeners.delete(run);
  };
}

function beatOn(clock: Clock, listeners: ReadonlySet<() => void>): void {
  clock.after(BEAT_MS, () => {
    for (const listener of listeners) listener();
    if (listeners.size > 0) beatOn(clock, listeners);
  });
}
