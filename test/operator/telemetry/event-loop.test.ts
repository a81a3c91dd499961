import { describe, expect, it, onTestFinished } from 'vitest';
import { EventLoop } from '../../../src/operator/telemetry/event-loop.ts';
import { systemClock } from '../../../src/call/system-clock.ts';
import { SteppedClock } from '../../support/clock.ts';

/** Samples that the test makes: milliseconds from one to the next, 10 where all is well. */
class PaperSamples {
  p50Ms = 10;
  p99Ms = 10;
  resets = 0;
  isDisabled = false;

  percentile(percentile: number): number {
    return (percentile === 99 ? this.p99Ms : this.p50Ms) * 1e6;
  }

  reset(): void {
    this.resets++;
  }

  disable(): void {
    this.isDisabled = true;
  }
}

function stage(limitMs = 250) {
  const clock = new SteppedClock();
  const samples = new PaperSamples();
  return { clock, samples, loop: new EventLoop({ clock, limitMs, samples }) };
}

describe('[R5] the event loop', () => {
  it('is overloaded while the 99th percentile of the last 5 s is at the limit', async () => {
    const { clock, samples, loop } = stage();
    Object.assign(samples, { p50Ms: 30, p99Ms: 260 });
    expect(loop.isOverloaded()).toBe(false);
    clock.step(4_999);
    expect(loop.isOverloaded()).toBe(false);
    clock.step(1);
    expect(loop.isOverloaded()).toBe(true);
    expect([loop.p50Ms, loop.p99Ms]).toEqual([20, 250]);
    expect(samples.resets).toBe(1);
    samples.p99Ms = 259;
    await expect.poll(() => clock.waiting).toBe(1);
    clock.step(5_000);
    expect(loop.isOverloaded()).toBe(false);
  });

  it('never has a negative delay', () => {
    const { clock, samples, loop } = stage();
    samples.p99Ms = 9;
    clock.step(5_000);
    expect(loop.p99Ms).toBe(0);
  });

  it('is never overloaded without a limit', () => {
    const { clock, samples, loop } = stage(Infinity);
    samples.p99Ms = 60_000;
    clock.step(5_000);
    expect(loop.isOverloaded()).toBe(false);
  });

  it('is sampled until closed', () => {
    const { clock, samples, loop } = stage();
    loop.close();
    expect(clock.waiting).toBe(0);
    expect(samples.isDisabled).toBe(true);
  });

  it('is measured for real', async () => {
    // The window of 5 s is over in 500 ms.
    const hurried = {
      now: () => systemClock.now(),
      after: (ms: number, run: () => void) => systemClock.after(ms / 10, run),
    };
    const loop = new EventLoop({ clock: hurried, limitMs: 60 });
    onTestFinished(() => loop.close());
    expect(loop.isOverloaded()).toBe(false);
    const block = (): void => {
      const until = performance.now() + 80;
      while (performance.now() < until);
    };
    const blocking = setInterval(block, 1);
    onTestFinished(() => clearInterval(blocking));
    await expect.poll(() => loop.isOverloaded(), { timeout: 5_000 }).toBe(true);
  });
});
