// Loaded into the relay's process by a soak: samples it once a second. The garbage is collected first, or a leak would be
// lost among what nobody needs any more; and the event loop's delay is not measured meanwhile, or it would be our own.
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Sample, SAMPLES_PORT } from './samples.ts';

const EVERY_MS = 1000;
const LOOP_TICK_MS = 10;
const NS_PER_MS = 1e6;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const socket = connect(Number(process.env[SAMPLES_PORT]), '127.0.0.1');
const loop = monitorEventLoopDelay({ resolution: LOOP_TICK_MS });
loop.enable();

const timer = setInterval(() => {
  // The monitor counts its own tick along.
  const loopLateP99Ms = Math.max(0, loop.percentile(99) / NS_PER_MS - LOOP_TICK_MS);
  loop.disable();
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const sample: Sample = {
    atMs: performance.now(),
    rssBytes: rss,
    heapBytes: heapUsed,
    resources: process.getActiveResourcesInfo().length,
    loopLateP99Ms,
  };
  socket.write(`${JSON.stringify(sample)}\n`);
  loop.reset();
  loop.enable();
}, EVERY_MS);
// The relay lives as long as it would without.
timer.unref();
socket.unref();
// Nobody listens any more: the soak is over.
socket.on('error', () => clearInterval(timer));
