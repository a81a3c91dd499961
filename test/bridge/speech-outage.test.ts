import { describe, expect, it } from 'vitest';
import { SpeechOutage } from '../../src/bridge/speech-outage.ts';
import { soundOf } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';

const LOUD = soundOf('a').toString('base64');
const QUIET = Buffer.alloc(160, 0xff).toString('base64');

function awaySpeech({ isAnswerDue = false, canSpeak = true } = {}) {
  const clock = new SteppedClock();
  const state = { isAnswerDue, canSpeak, told: 0 };
  const away = new SpeechOutage({
    clock,
    isAnswerDue: () => state.isAnswerDue,
    canSpeak: () => state.canSpeak,
    onWait: () => state.told++,
    onPause: () => {},
  });
  away.begin();
  const hears = (ms: number, audio: string): void => {
    for (let at = 0; at < ms; at += 20) {
      clock.step(20);
      away.hear(audio);
    }
  };
  return { clock, away, state, hears };
}

describe('[R1] while speech is away', () => {
  it('plays the filler once for a caller who has waited 2.5 s for an answer', () => {
    const { clock, state } = awaySpeech({ isAnswerDue: true });
    clock.step(2499);
    expect(state.told).toBe(0);
    clock.step(1);
    expect(state.told).toBe(1);
    clock.step(60_000);
    expect(state.told).toBe(1);
  });

  it('plays the filler for a caller who has spoken, once they have paused', () => {
    const { clock, state, hears } = awaySpeech();
    hears(4000, LOUD);
    expect(state.told).toBe(0);
    hears(900, QUIET);
    expect(state.told).toBe(0);
    clock.step(500);
    expect(state.told).toBe(1);
  });

  it('plays no filler for a silent caller who waits for nothing, nor after a click', () => {
    const { clock, state, hears } = awaySpeech();
    hears(100, LOUD);
    hears(5000, QUIET);
    clock.step(60_000);
    expect(state.told).toBe(0);
  });

  it('plays no filler while the caller hears something else', () => {
    const { clock, state } = awaySpeech({ isAnswerDue: true, canSpeak: false });
    clock.step(5000);
    expect(state.told).toBe(0);
    state.canSpeak = true;
    clock.step(250);
    expect(state.told).toBe(1);
  });

  it('plays no filler once speech is back, and one for each outage', () => {
    const { clock, away, state, hears } = awaySpeech({ isAnswerDue: true });
    clock.step(2000);
    away.end();
    hears(5000, LOUD);
    expect(state.told).toBe(0);
    expect(clock.waiting).toBe(0);
    state.isAnswerDue = false;
    away.begin();
    clock.step(5000);
    expect(state.told).toBe(0);
    state.isAnswerDue = true;
    clock.step(250);
    expect(state.told).toBe(1);
    away.begin();
    clock.step(2500);
    expect(state.told).toBe(2);
  });
});
