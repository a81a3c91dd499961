// Loaded into every subject ahead of its own code (`--import`): tells the bench what the process has used whenever it
// asks. By IPC and not from /proc, because that is the same everywhere and in microseconds instead of hundredths.
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

export interface Usage {
  /** User and system time since the start, of all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Garbage collections since the start, how many of them took more than 5 ms, and the longest since it was last asked. */
  readonly collections: number;
  readonly longCollections: number;
  readonly longestCollectionMs: number;
  readonly collectingMs: number;
  /** How late the event loop was since it was last asked. */
  readonly loopLateP99Ms: number;
  readonly loopLateMaxMs: number;
}

const LONG_MS = 5;
/** Every tick of the monitor wakes the subject: a hundred a second are little beside the frames of a few calls. */
const LOOP_TICK_MS = 10;

let collections = 0;
let longCollections = 0;
let longestCollectionMs = 0;
let collectingMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    collections += 1;
    collectingMs += duration;
    if (duration > LONG_MS) longCollections += 1;
    longestCollectionMs = Math.max(longestCollectionMs, duration);
  }
}).observe({ entryTypes: ['gc'] });

const loop = monitorEventLoopDelay({ resolution: LOOP_TICK_MS });
loop.enable();
const lateMs = (ns: number): number => Math.max(0, ns / 1e6 - LOOP_TICK_MS);

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const usage: Usage = {
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
    collections,
    longCollections,
    longestCollectionMs,
    collectingMs,
    loopLateP99Ms: lateMs(loop.percentile(99)),
    loopLateMaxMs: lateMs(loop.max),
  };
  longestCollectionMs = 0;
  loop.reset();
  process.send?.(usage);
});
// Whether the bench is done or has died: its subject goes with it.
process.on('disconnect', () => process.exit(0));
// What keeps the process alive is its server, as without a meter.
process.channel?.unref();
