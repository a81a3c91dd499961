import { describe, expect, it } from 'vitest';
import { AnswerWait } from '../../src/bridge/answer-wait.ts';
import { SteppedClock } from '../support/clock.ts';

function waiting({ fillerAfterMs = 2_500 } = {}) {
  const clock = new SteppedClock();
  const state = { isOwed: true, canSpeak: true, fillers: 0 };
  const heard: string[] = [];
  const begun = clock.now();
  const note = (what: string): void => void heard.push(`${what} ${(clock.now() - begun) / 1000}`);
  const wait = new AnswerWait({
    clock,
    fillerAfterMs,
    isOwed: () => state.isOwed,
    canSpeak: () => state.canSpeak,
    fillers: () => state.fillers,
    sayFiller: () => {
      state.fillers++;
      note('filler');
    },
    think: () => note('hum'),
  });
  wait.begin();
  return { clock, state, heard, wait, note };
}

describe('[T9] a caller who waits for an answer', () => {
  it('hears the filler after 3.5 s, and then a hum at least every 4 s', () => {
    const { clock, heard } = waiting();
    clock.step(3_499);
    expect(heard).toEqual([]);
    clock.step(7_000);
    expect(heard).toEqual(['filler 3.5', 'hum 5.9', 'hum 8.3']);
  });

  it('hears a hum only after enough silence, counted from the last sound', () => {
    const { clock, state, heard } = waiting();
    clock.step(3_500);
    state.canSpeak = false;
    clock.step(2_000);
    state.canSpeak = true;
    clock.step(2_399);
    expect(heard).toEqual(['filler 3.5']);
    clock.step(251);
    expect(heard).toHaveLength(2);
  });

  it('has the filler of a silent agent (T4) for its own', () => {
    const { clock, state, heard, note } = waiting();
    clock.step(2_500);
    state.fillers++;
    note('filler');
    clock.step(2_500);
    expect(heard).toEqual(['filler 2.5', expect.stringMatching(/^hum/)]);
  });

  it('hears nothing more once the answer is there, or when they speak on', () => {
    for (const end of ['answered', 'speaks'] as const) {
      const { clock, state, heard, wait } = waiting();
      clock.step(1_000);
      if (end === 'answered') state.isOwed = false;
      else wait.hearSound();
      clock.step(60_000);
      expect(heard).toEqual([]);
      expect(clock.waiting).toBe(0);
    }
  });

  it('hears the filler no sooner than FILLER_AFTER_MS', () => {
    const { clock, heard } = waiting({ fillerAfterMs: 6_000 });
    clock.step(6_000);
    expect(heard).toEqual(['filler 6']);
  });
});
