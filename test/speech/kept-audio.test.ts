import { expect, test } from 'vitest';
import { KeptAudio } from '../../src/speech/kept-audio.ts';

const frame = (n: number, bytes = 160) => Buffer.alloc(bytes, n % 256).toString('base64');
const frames = (count: number) => Array.from({ length: count }, (_, n) => frame(n));

test('[O4] half a minute is kept whole and in order', () => {
  const kept = new KeptAudio();
  for (const audio of frames(1_500)) expect(kept.keep(audio)).toBe(true);
  expect(kept.from(0)).toEqual({ startAt: 0, pieces: frames(1_500) });
});

test('[O4] beyond half a minute it drops the oldest audio, and says so', () => {
  const kept = new KeptAudio();
  const said = frames(1_520).map((audio) => kept.keep(audio));
  expect(said.indexOf(false)).toBe(1_500);
  expect(said.filter((hasRoom) => !hasRoom)).toHaveLength(20);
  expect(kept.from(0)).toEqual({ startAt: 20 * 160, pieces: frames(1_520).slice(20) });
});

test('[O4] bytes count, whatever the size of the frames and their padding', () => {
  const kept = new KeptAudio();
  for (const bytes of [239_997, 1, 2]) expect(kept.keep(frame(0, bytes))).toBe(true);
  expect(kept.keep(frame(0, 1))).toBe(false);
  expect(kept.from(0).pieces).toHaveLength(3);
});

test('[R1] what lies before a place is forgotten, and the piece in which it lies is not', () => {
  const kept = new KeptAudio();
  for (const audio of frames(5)) kept.keep(audio);
  kept.forgetBefore(2 * 160 + 1);
  expect(kept.from(0)).toEqual({ startAt: 2 * 160, pieces: frames(5).slice(2) });
  expect(kept.from(4 * 160)).toEqual({ startAt: 4 * 160, pieces: frames(5).slice(4) });
  expect(kept.endAt).toBe(5 * 160);
});

test('[R1] all of it forgotten, places go on where they were', () => {
  const kept = new KeptAudio();
  kept.keep(frame(1));
  expect(kept.from(kept.endAt)).toEqual({ startAt: 160, pieces: [] });
  kept.keep(frame(2));
  expect(kept.from(0)).toEqual({ startAt: 160, pieces: [frame(2)] });
});
