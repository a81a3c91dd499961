// How late the event loop runs. It carries every call's audio, so when it is behind, one more call makes all of them worse. The
// 99th percentile of a few seconds decides: one long stall is a bad moment, many are a bad state.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../call/ports.ts';

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
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #samples: DelaySamples;
  #p50Ms = 0;
  #p99Ms = 0;
  #cancel: () => void;

  /** Watches until `close`. */
  constructor({ clock, limitMs, samples }: EventLoopOptions) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#samples = samples ?? sampled();
    this.#cancel = this.#judgeLater();
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
    this.#cancel();
    this.#samples.disable();
  }

  #judgeLater(): () => void {
    return this.#clock.after(WINDOW_MS, () => {
      this.#p50Ms = this.#delayMs(50);
      this.#p99Ms = this.#delayMs(99);
      this.#samples.reset();
      this.#cancel = this.#judgeLater();
    });
  }

  /** A sample is due every 10 ms; the rest is delay. */
  #delayMs(percentile: number): number {
    return Math.max(0, this.#samples.percentile(percentile) / NS_PER_MS - SAMPLED_EVERY_MS);
  }
}

function sampled(): DelaySamples {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLED_EVERY_MS });
  histogram.enable();
  return histogram;
}
