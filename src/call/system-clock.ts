// Real time behind the `Clock` port. `now()` counts from the process's start on the monotonic clock, so that a step of
// the machine's wall clock never shortens or stretches a call.
import type { Clock } from './ports.ts';

const { timeOrigin } = performance;

export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
