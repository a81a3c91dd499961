// The longest time for which something held the event loop, in ms of this thread's processor time: a machine that is busy with
// other things blocks no loop.
const EVERY_MS = 2;

export class LoopGauge {
  #last = process.threadCpuUsage();
  #longestMs = 0;

  constructor() {
    setInterval(() => this.#look(), EVERY_MS).unref();
  }

  /** Since the last `take`. */
  take(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  #look(): void {
    const now = process.threadCpuUsage();
    const usedMs = (now.user + now.system - this.#last.user - this.#last.system) / 1000;
    this.#longestMs = Math.max(this.#longestMs, usedMs);
    this.#last = now;
  }
}
