// How late the event loop runs. It carries every call's audio, so when it is behind, one more call makes all of them worse. The
// 99th percentile of a few seconds decides: one long stall is a bad moment, many are a bad state.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../call/ports.ts';
import { repeat } from '../../call/waiting.ts';

const SAMPLED_EVERY_MS = 10;
/** About 500 samples, of which five may be late. */
const WINDOW_MS = 5_000;
const NS_PER_MS = 1e6;

/** As of `monitorEventLoopDelay`: nanoseconds from one sample to the next. */
export interface DelaySamples {
  percentile(percentile: number): number;
  reset(): void;
  disable(): void;
}

export interface EventLoopOptions {
  readonly clock: Clock;
  /** From this 99th percentile on the relay accepts no further call; Infinity: always accepts. */
  readonly limitMs: number;
  readonly samples?: DelaySamples;
}

export class EventLoop {
  readonly #limitMs: number;
  readonly #samples: DelaySamples;
  readonly #stop: () => void;
  #p50Ms = 0;
  #p99Ms = 0;

  constructor({ clock, limitMs, samples = sampled() }: EventLoopOptions) {
    this.#limitMs = limitMs;
    this.#samples = samples;
    this.#stop = repeat(clock, WINDOW_MS, async () => {
      this.#p50Ms = delayMs(samples, 50);
      this.#p99Ms = delayMs(samples, 99);
      samples.reset();
    });
  }

  /** Over the last whole window. */
  get p50Ms(): number {
    return this.#p50Ms;
  }

  get p99Ms(): number {
    return this.#p99Ms;
  }

  isOverloaded(): boolean {
    return this.#p99Ms >= this.#limitMs;
  }

  close(): void {
    this.#stop();
    this.#samples.disable();
  }
}

/** A sample is due every 10 ms; the rest is delay. */
function delayMs(samples: DelaySamples, percentile: number): number {
  return Math.max(0, samples.percentile(percentile) / NS_PER_MS - SAMPLED_EVERY_MS);
}

function sampled(): DelaySamples {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLED_EVERY_MS });
  histogram.enable();
  return histogram;
}
