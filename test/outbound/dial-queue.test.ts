import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import { DialQueue, MAX_QUEUED } from '../../src/outbound/dial-queue.ts';
import { SteppedClock } from '../support/clock.ts';

function aQueue() {
  const clock = new SteppedClock();
  const startedAt = clock.now();
  const dialled: string[] = [];
  const queue = new DialQueue(clock);
  const add = (name: string) => queue.add(name, () => dialled.push(`${name} at ${clock.now() - startedAt}`));
  return { clock, queue, dialled, add };
}

describe('the dial queue', () => {
  it('dials in order: the first call at once, the others a second apart', () => {
    const { clock, dialled, add } = aQueue();
    for (const name of ['a', 'b', 'c']) expect(add(name)).toBe(true);
    expect(dialled).toEqual([]);
    clock.step(0);
    clock.step(5000);
    expect(dialled).toEqual(['a at 0', 'b at 1000', 'c at 2000']);
    expect(clock.waiting).toBe(0);
  });

  it('never dials two calls within a second, even after an idle time', () => {
    const { clock, dialled, add } = aQueue();
    add('a');
    clock.step(10_000);
    add('b');
    add('c');
    clock.step(300);
    add('d');
    clock.step(5000);
    expect(dialled).toEqual(['a at 0', 'b at 10000', 'c at 11000', 'd at 12000']);
  });

  it('holds a call that comes just after another for the rest of the second', () => {
    const { clock, dialled, add } = aQueue();
    add('a');
    clock.step(400);
    add('b');
    clock.step(599);
    expect(dialled).toEqual(['a at 0']);
    clock.step(1);
    expect(dialled).toEqual(['a at 0', 'b at 1000']);
  });

  it('queues a call that is added again while it is dialled behind the others', () => {
    const { clock, queue, dialled, add } = aQueue();
    queue.add('again', () => {
      dialled.push('again');
      add('again');
    });
    add('b');
    clock.step(0);
    clock.step(10_000);
    expect(dialled).toEqual(['again', 'b at 1000', 'again at 2000']);
  });

  it('keeps the second when a timer fires early', () => {
    const clock = new SteppedClock();
    const early = {
      now: () => clock.now(),
      after: (ms: number, run: () => void) => clock.after(ms > 1 ? ms - 1 : ms, run),
    };
    const at: number[] = [];
    const queue = new DialQueue(early);
    for (const name of ['a', 'b', 'c']) queue.add(name, () => at.push(clock.now()));
    clock.step(5000);
    const [first = 0] = at;
    expect(at.map((one) => one - first)).toEqual([0, 1000, 2000]);
  });

  it('dials the next call when one fails as it is dialled', () => {
    const { clock, queue, dialled, add } = aQueue();
    queue.add('bad', () => {
      throw new Error('a bug');
    });
    add('b');
    expect(() => clock.step(0)).toThrow('a bug');
    clock.step(1000);
    expect(dialled).toEqual(['b at 1000']);
  });

  it('tells how many wait, the place of each, and how long the first has waited', () => {
    const { clock, queue, add } = aQueue();
    expect([queue.size, queue.oldestAgeMs, queue.placeOf('a')]).toEqual([0, 0, null]);
    for (const name of ['a', 'b', 'c']) add(name);
    expect([queue.size, queue.placeOf('a'), queue.placeOf('c')]).toEqual([3, 0, 2]);
    clock.step(700);
    expect([queue.size, queue.placeOf('a'), queue.placeOf('c'), queue.oldestAgeMs]).toEqual([
      2,
      null,
      1,
      700,
    ]);
  });

  it('never dials a cancelled call, nor waits a second for it', () => {
    const { clock, queue, dialled, add } = aQueue();
    for (const name of ['a', 'b', 'c']) add(name);
    clock.step(0);
    expect(queue.cancel('b')).toBe(true);
    expect(queue.cancel('b')).toBe(false);
    // Dialled already.
    expect(queue.cancel('a')).toBe(false);
    clock.step(10_000);
    expect(dialled).toEqual(['a at 0', 'c at 1000']);
  });

  it('leaves no timer when the last call is cancelled', () => {
    const { clock, queue, dialled, add } = aQueue();
    add('a');
    queue.cancel('a');
    expect(clock.waiting).toBe(0);
    add('b');
    clock.step(0);
    expect(dialled).toEqual(['b at 0']);
  });

  it('refuses calls beyond the most, and tells when to try again', () => {
    const { clock, queue, dialled, add } = aQueue();
    for (let index = 0; index < MAX_QUEUED; index++) expect(add(`call ${index}`)).toBe(true);
    expect(queue.refusal()).toMatchObject({ code: 'busy', retryAfterS: MAX_QUEUED });
    expect(add('one too many')).toBe(false);
    expect(queue.size).toBe(MAX_QUEUED);
    clock.step(0);
    expect(queue.refusal()).toBeNull();
    expect(add('now there is room')).toBe(true);
    clock.step(MAX_QUEUED * 1000);
    expect(dialled).toHaveLength(MAX_QUEUED + 1);
    expect(dialled.join()).not.toContain('one too many');
  });

  it('keeps the second by the system clock, too', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const at: number[] = [];
    const queue = new DialQueue(systemClock);
    queue.add('a', () => at.push(systemClock.now()));
    queue.add('b', () => {
      at.push(systemClock.now());
      resolve();
    });
    await promise;
    // Timers run by a clock of their own, a few milliseconds off.
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(980);
  });
});
