import { describe, expect, it } from 'vitest';
import { Unproven } from '../../src/http/unproven.ts';
import { SteppedClock } from '../support/clock.ts';

function stage() {
  const clock = new SteppedClock();
  const dropped: string[] = [];
  let counted = 0;
  const unproven = new Unproven(clock, () => counted++);
  const enter = (address: string, name: string, isOver = () => false) =>
    unproven.enter(address, { destroy: () => dropped.push(name) }, isOver);
  return { clock, dropped, unproven, enter, counted: () => counted };
}

describe('[R5] what has proved nothing', () => {
  it('has five seconds, and one where many of its address wait', () => {
    const { clock, dropped, unproven, enter } = stage();
    for (let n = 1; n <= 20; n++) enter('flood', `early ${n}`);
    for (let n = 1; n <= 380; n++) enter('flood', `late ${n}`);
    enter('twilio', 'webhook');
    expect(dropped).toEqual([]);
    clock.step(1_000);
    expect(dropped).toHaveLength(380);
    expect(dropped.every((name) => name.startsWith('late'))).toBe(true);
    clock.step(3_999);
    expect(unproven.size).toBe(21);
    clock.step(1);
    expect(unproven.size).toBe(0);
  });

  it('is neither counted nor cut once it is over', () => {
    const { clock, dropped, enter, counted } = stage();
    const leave = enter('a', 'left');
    leave();
    leave();
    enter('a', 'complete', () => true);
    clock.step(5_000);
    expect({ dropped, counted: counted() }).toEqual({ dropped: [], counted: 0 });
  });

  it('is bounded in all: the oldest is cut for the youngest', () => {
    const { dropped, unproven, enter, counted } = stage();
    for (let n = 1; n <= 2_001; n++) enter(`address ${n}`, `${n}`);
    expect(dropped).toEqual(['1']);
    expect({ size: unproven.size, counted: counted() }).toEqual({ size: 2_000, counted: 1 });
  });
});
