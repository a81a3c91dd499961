// Loaded into every subject ahead of its own code (`--import`): tells the bench what the process has used whenever it
// asks. By IPC and not from /proc, because that is the same everywhere and in microseconds instead of hundredths.
import cluster from 'node:cluster';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

export interface Usage {
  /** User and system time since the start, of all threads; like all that follows, of all processes of the subject. */
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

/** What the bench gets once it has sent `usage`. */
export interface Metered {
  readonly usage: Usage;
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

function ownUsage(): Usage {
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
  return usage;
}

/** Of the processes that this one has started by node:cluster: each has a meter too. */
function usagesBelow(): Promise<readonly Usage[]> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  return Promise.all(
    workers.map(
      (worker) =>
        new Promise<Usage>((resolve) => {
          // Among all that the process tells its primary.
          const take = (message: Partial<Metered>): void => {
            if (message.usage === undefined) return;
            worker.off('message', take);
            resolve(message.usage);
          };
          worker.on('message', take);
          worker.send('usage');
        }),
    ),
  );
}

function together(one: Usage, other: Usage): Usage {
  return {
    cpuMs: one.cpuMs + other.cpuMs,
    rssBytes: one.rssBytes + other.rssBytes,
    collections: one.collections + other.collections,
    longCollections: one.longCollections + other.longCollections,
    longestCollectionMs: Math.max(one.longestCollectionMs, other.longestCollectionMs),
    collectingMs: one.collectingMs + other.collectingMs,
    loopLateP99Ms: Math.max(one.loopLateP99Ms, other.loopLateP99Ms),
    loopLateMaxMs: Math.max(one.loopLateMaxMs, other.loopLateMaxMs),
  };
}

process.on('message', (message) => {
  if (message !== 'usage') return;
  void usagesBelow().then((below) => {
    process.send?.({ usage: below.reduce(together, ownUsage()) } satisfies Metered);
  });
});
// Whether the bench is done or has died: its subject goes with it.
process.on('disconnect', () => process.exit(0));
// What keeps the process alive is its server, as without a meter.
process.channel?.unref();
