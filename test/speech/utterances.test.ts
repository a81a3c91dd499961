import { expect, test } from 'vitest';
import { KeptAudio } from '../../src/speech/kept-audio.ts';
import { OVERDUE_MS } from '../../src/speech/transcript-order.ts';
import { Utterances } from '../../src/speech/utterances.ts';
import { SteppedClock } from '../support/clock.ts';

const FRAME = Buffer.alloc(160).toString('base64');

/** Utterances with their vendor played by hand; times are those of the session. */
function utterancesWith() {
  const clock = new SteppedClock();
  const kept = new KeptAudio();
  const told: string[] = [];
  const ends = new Map<string, number>();
  const utterances = new Utterances(clock, kept, 250, (event) => {
    if (event.type === 'utterance') ends.set(event.transcript, event.endMs);
    told.push(
      event.type === 'utterance'
        ? `${event.utteranceId}=${event.transcript}`
        : `${event.utteranceId} ${event.type}`,
    );
  });
  return {
    clock,
    kept,
    told,
    /** Where the words of each transcript ended. */
    ends,
    utterances,
    /** Sends this many milliseconds of the caller's audio to a session. */
    sends: (ms: number) => {
      for (let sent = 0; sent < ms; sent += 20) {
        kept.keep(FRAME);
        utterances.audioSent();
      }
    },
    starts: (itemId: string, startMs: number | null) =>
      utterances.take({ type: 'speech-started', itemId, startMs }),
    stops: (itemId: string, endMs: number | null) =>
      utterances.take({ type: 'speech-stopped', itemId, endMs }),
    commits: (itemId: string, previousItemId: string | null = null) =>
      utterances.take({ type: 'committed', itemId, previousItemId }),
    hints: (itemId: string) => utterances.take({ type: 'transcript-delta', itemId, delta: 'well' }),
    says: (itemId: string, transcript: string) =>
      utterances.take({ type: 'transcript', itemId, transcript, usage: null }),
    /** A new session takes over; returns where in the call's audio it begins to hear. */
    begins: () => {
      utterances.sessionLost();
      const { startAt } = kept.from(0);
      utterances.sessionBegun(startAt);
      return startAt / 8;
    },
  };
}

test('[R1] an utterance that was open is heard again by the next session, and told once', () => {
  const { sends, starts, hints, begins, stops, commits, says, told } = utterancesWith();
  sends(3_000);
  starts('old', 2_000);
  hints('old');
  sends(1_000);
  expect(begins()).toBeLessThanOrEqual(2_000);
  starts('new', 2_000);
  sends(1_000);
  stops('new', 4_900);
  commits('new');
  hints('new');
  says('new', 'all of it');
  expect(told).toEqual(['old speech-started', 'old words', 'old speech-stopped', 'old=all of it']);
});

test('[L3] punctuation alone is no word', () => {
  const { sends, starts, stops, commits, says, told, utterances } = utterancesWith();
  sends(3_000);
  starts('a', 1_000);
  stops('a', 2_000);
  commits('a');
  utterances.take({ type: 'transcript-delta', itemId: 'a', delta: ' …' });
  says('a', '… ?');
  expect(told).toEqual(['a speech-started', 'a speech-stopped', 'a=']);
});

test('[L6] says where the words ended, without the silence that proved it, across sessions', () => {
  const { sends, starts, begins, stops, commits, says, ends } = utterancesWith();
  sends(6_000);
  starts('a', 1_000);
  stops('a', 2_500);
  commits('a');
  says('a', 'one');
  starts('b', 3_000);
  expect(begins()).toBe(2_500);
  starts('b2', 500);
  stops('b2', 2_000);
  commits('b2');
  says('b2', 'two');
  expect(ends.get('one')).toBe(2_250);
  expect(ends.get('two')).toBe(4_250);
});

test('[R1] so does a committed one without its transcript, and its end is reported once', () => {
  const { sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(3_000);
  starts('old', 1_000);
  stops('old', 2_500);
  commits('old');
  begins();
  starts('new', 1_000);
  stops('new', 2_500);
  commits('new');
  says('new', 'hello');
  expect(told).toEqual(['old speech-started', 'old speech-stopped', 'old=hello']);
});

test('[R1] what was transcribed is never heard twice', () => {
  const { sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(6_000);
  starts('a', 1_000);
  stops('a', 2_500);
  commits('a');
  says('a', 'one');
  starts('b', 3_000);
  expect(begins()).toBe(2_500);
  starts('b2', 500);
  stops('b2', 2_000);
  commits('b2');
  says('b2', 'two');
  expect(begins()).toBe(4_500);
  expect(told.filter((one) => one.includes('='))).toEqual(['a=one', 'b=two']);
});

test('[R1] a transcript that waited for an earlier one is heard again with it, in order', () => {
  const { sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(6_000);
  starts('a', 1_000);
  stops('a', 2_000);
  commits('a');
  starts('b', 3_000);
  stops('b', 4_000);
  commits('b', 'a');
  says('b', 'two');
  expect(begins()).toBeLessThanOrEqual(1_000);
  for (const [item, startMs, words] of [
    ['a2', 1_000, 'one'],
    ['b2', 3_000, 'two'],
  ] as const) {
    starts(item, startMs);
    stops(item, startMs + 1_000);
    commits(item);
    says(item, words);
  }
  expect(told.filter((one) => one.includes('='))).toEqual(['a=one', 'b=two']);
});

test('[R1] two that the next session hears as one are both over', () => {
  const { sends, starts, begins, stops, commits, says, told, utterances } = utterancesWith();
  sends(4_000);
  starts('a', 1_000);
  stops('a', 2_000);
  commits('a');
  starts('b', 3_000);
  begins();
  starts('both', 1_000);
  stops('both', 4_000);
  commits('both');
  expect(told).not.toContain('b speech-stopped');
  says('both', 'one two');
  expect(told.slice(-3)).toEqual(['a=one two', 'b speech-stopped', 'b=']);
  expect(utterances.isIdle).toBe(true);
});

test('[R1] one that the next session hears as two: both are told', () => {
  const { sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(4_000);
  starts('a', 1_000);
  begins();
  starts('a1', 1_000);
  stops('a1', 2_000);
  commits('a1');
  starts('a2', 2_500);
  says('a1', 'one');
  stops('a2', 3_500);
  commits('a2', 'a1');
  says('a2', 'two');
  expect(told).toEqual([
    'a speech-started',
    'a speech-stopped',
    'a2 speech-started',
    'a=one',
    'a2 speech-stopped',
    'a2=two',
  ]);
});

test('[R1] reports an utterance as empty if the next session does not find it, so nobody waits for ever', () => {
  const { clock, sends, starts, begins, told, utterances } = utterancesWith();
  sends(2_000);
  starts('click', 1_900);
  begins();
  clock.step(OVERDUE_MS - 1);
  expect(told).toEqual(['click speech-started']);
  clock.step(1);
  expect(told).toEqual(['click speech-started', 'click speech-stopped', 'click=']);
  expect(utterances.isIdle).toBe(true);
  expect(clock.waiting).toBe(0);
});

test('[R1] while something is being heard, what was not found yet waits', () => {
  const { clock, sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(4_000);
  starts('a', 1_000);
  stops('a', 2_000);
  commits('a');
  starts('b', 3_000);
  begins();
  starts('long', 1_000);
  sends(6_000);
  clock.step(OVERDUE_MS + 1_000);
  expect(told.filter((one) => one.includes('='))).toEqual([]);
  stops('long', 9_000);
  commits('long');
  says('long', 'on and on');
  expect(told.filter((one) => one.includes('='))).toEqual(['a=on and on', 'b=']);
});

test('[R1] of silence no more is kept than a dead socket may have swallowed', () => {
  const { sends, begins } = utterancesWith();
  sends(20_000);
  expect(begins()).toBe(12_000);
});

test('[R1] a session lost before it heard anything changes nothing', () => {
  const { clock, sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(2_000);
  starts('a', 1_000);
  begins();
  begins();
  starts('a3', 1_000);
  stops('a3', 2_000);
  commits('a3');
  says('a3', 'hello');
  clock.step(10 * OVERDUE_MS);
  expect(told).toEqual(['a speech-started', 'a speech-stopped', 'a=hello']);
});

test('[R4] times that are missing or absurd are not trusted further than the audio that was sent', () => {
  const { sends, starts, begins, stops, commits, says, told } = utterancesWith();
  sends(2_000);
  starts('a', null);
  sends(1_000);
  stops('a', 1e12);
  commits('a');
  says('a', 'hello');
  sends(1_000);
  expect(begins()).toBe(3_000);
  commits('never begun');
  says('never begun', 'there');
  starts('x', -5);
  starts('y', null);
  expect(told.filter((one) => one.includes('='))).toEqual(['a=hello', 'never begun=there', 'x=']);
});

test('[E4] closed, it leaves no timer', () => {
  const { clock, sends, starts, begins, commits, utterances } = utterancesWith();
  sends(2_000);
  starts('a', 1_000);
  starts('b', 1_500);
  begins();
  starts('c', 500);
  commits('c');
  utterances.close();
  expect(clock.waiting).toBe(0);
});

test('[R1] of the quiet before an utterance, one second is kept with it', () => {
  const { sends, starts, begins } = utterancesWith();
  sends(7_000);
  starts('a', 6_000);
  sends(1_000);
  expect(begins()).toBe(5_000);
});
