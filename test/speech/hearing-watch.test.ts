import { describe, expect, it } from 'vitest';
import { COMMIT_WITHIN_MS, HearingWatch, TRANSCRIPT_WITHIN_MS } from '../../src/speech/hearing-watch.ts';
import { SteppedClock } from '../support/clock.ts';

function watching() {
  const clock = new SteppedClock();
  const seen: string[] = [];
  const watch = new HearingWatch({
    clock,
    onUncommitted: () => seen.push('uncommitted'),
    onUntranscribed: () => seen.push('untranscribed'),
  });
  return {
    clock,
    seen,
    watch,
    starts: (itemId: string) => watch.take({ type: 'speech-started', itemId, startMs: 0 }),
    stops: (itemId: string) => watch.take({ type: 'speech-stopped', itemId, endMs: 900 }),
    commits: (itemId: string) => watch.take({ type: 'committed', itemId, previousItemId: null }),
    hints: (itemId: string) => watch.take({ type: 'transcript-delta', itemId, delta: 'well' }),
    says: (itemId: string) => watch.take({ type: 'transcript', itemId, transcript: '', usage: null }),
  };
}

describe('[R9] a session that no longer transcribes', () => {
  it('is noticed a second after the end of speech if nothing was committed', () => {
    const { clock, seen, starts, stops } = watching();
    starts('a');
    stops('a');
    clock.step(COMMIT_WITHIN_MS - 1);
    expect(seen).toEqual([]);
    clock.step(1);
    expect(seen).toEqual(['uncommitted']);
  });

  it('is given up if the commit of the relay brings no transcript either', () => {
    const { clock, seen, stops } = watching();
    stops('a');
    clock.step(COMMIT_WITHIN_MS + TRANSCRIPT_WITHIN_MS);
    expect(seen).toEqual(['uncommitted', 'untranscribed']);
  });

  it('is left alone once the commit of the relay is confirmed, under whatever item, and transcribed', () => {
    const { clock, seen, stops, commits, says } = watching();
    stops('a');
    clock.step(COMMIT_WITHIN_MS);
    commits('b');
    says('b');
    clock.step(TRANSCRIPT_WITHIN_MS);
    expect(seen).toEqual(['uncommitted']);
    expect(clock.waiting).toBe(0);
  });

  it('receives no commit while the caller continues: one commit later covers both', () => {
    const { clock, seen, starts, stops } = watching();
    stops('a');
    starts('b');
    clock.step(10 * COMMIT_WITHIN_MS);
    expect(seen).toEqual([]);
  });

  it('is given up if a committed utterance is not transcribed in time', () => {
    const { clock, seen, stops, commits, says } = watching();
    stops('a');
    commits('a');
    clock.step(1_000);
    stops('b');
    commits('b');
    says('b');
    clock.step(TRANSCRIPT_WITHIN_MS - 1_001);
    expect(seen).toEqual([]);
    clock.step(1);
    expect(seen).toEqual(['untranscribed']);
  });

  it('is waited for while pieces of the transcript arrive', () => {
    const { clock, seen, commits, hints } = watching();
    commits('a');
    clock.step(TRANSCRIPT_WITHIN_MS - 1);
    hints('a');
    clock.step(TRANSCRIPT_WITHIN_MS - 1);
    expect(seen).toEqual([]);
  });

  it('owes nothing once it is gone', () => {
    const { clock, seen, watch, stops, commits } = watching();
    commits('a');
    stops('b');
    watch.stop();
    expect(clock.waiting).toBe(0);
    clock.step(10_000);
    expect(seen).toEqual([]);
  });
});
