// One beat for all calls of a process: a timer for each would cost more than the calls. It says only "time has passed";
// how many frames a call owes it reckons itself from the clock, so a late beat makes a burst and never a slow call.

/** A quarter of a frame, so that the frames of many calls do not all leave in the same instant. */
const BEAT_MS = 5;

const listeners = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/** Calls `run` every few milliseconds until the returned function is called. */
export function onEveryBeat(run: () => void): () => void {
  listeners.add(run);
  timer ??= setInterval(() => {
    for (const listener of listeners) listener();
  }, BEAT_MS);
  return () => {
    listeners.delete(run);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
