import { expect, test } from 'vitest';
import { KeptAudio } from '../../src/speech/kept-audio.ts';

const BYTES = 160;
const HALF_A_MINUTE = 1_500;

const frame = (n: number, bytes = BYTES): string => Buffer.alloc(bytes, n % 251).toString('base64');
const frames = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => frame(from + n));
const bytesOf = (pieces: readonly string[]): Buffer =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));

function keptOf(audio: readonly string[]): KeptAudio {
  const kept = new KeptAudio();
  for (const piece of audio) kept.keep(piece);
  return kept;
}

test('[O4] half a minute is kept whole and in order', () => {
  const kept = new KeptAudio();
  for (const audio of frames(0, HALF_A_MINUTE)) expect(kept.keep(audio)).toBe(true);
  const { startAt, pieces } = kept.from(0);
  expect(startAt).toBe(0);
  expect(bytesOf(pieces)).toEqual(bytesOf(frames(0, HALF_A_MINUTE)));
});

test('[O4] beyond half a minute it drops the oldest audio, and says so', () => {
  const kept = new KeptAudio();
  const said = frames(0, 1_520).map((audio) => kept.keep(audio));
  expect(said.indexOf(false)).toBe(HALF_A_MINUTE);
  expect(said.filter((hasRoom) => !hasRoom)).toHaveLength(20);
  const { startAt, pieces } = kept.from(0);
  expect(startAt).toBe(20 * BYTES);
  expect(bytesOf(pieces)).toEqual(bytesOf(frames(20, 1_520)));
});

test('[O4] bytes count, whatever the size of the frames and their padding', () => {
  const kept = new KeptAudio();
  for (const bytes of [239_997, 1, 2]) expect(kept.keep(frame(bytes, bytes))).toBe(true);
  expect(kept.keep(frame(7, 1))).toBe(false);
  expect(bytesOf(kept.from(0).pieces)).toEqual(
    bytesOf([frame(239_997, 239_996), frame(1, 1), frame(2, 2), frame(7, 1)]),
  );
});

test('[O4] of a piece longer than half a minute it keeps the end', () => {
  const long = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  const kept = keptOf([frame(1), long.toString('base64')]);
  const { startAt, pieces } = kept.from(0);
  expect(startAt).toBe(60_000 + BYTES);
  expect(bytesOf(pieces)).toEqual(long.subarray(60_000));
});

test('[R1] what lies before a place is forgotten, and places go on', () => {
  const kept = keptOf(frames(0, 5));
  kept.forgetBefore(2 * BYTES + 1);
  expect(kept.from(0).startAt).toBe(2 * BYTES + 1);
  expect(bytesOf(kept.since(0))).toEqual(bytesOf(frames(0, 5)).subarray(2 * BYTES + 1));
  expect(bytesOf(kept.from(4 * BYTES).pieces)).toEqual(bytesOf(frames(4, 5)));
  expect(kept.endAt).toBe(5 * BYTES);
});

test('[R1] all of it forgotten, places go on where they were', () => {
  const kept = keptOf([frame(1)]);
  expect(kept.from(kept.endAt)).toEqual({ startAt: BYTES, pieces: [] });
  kept.keep(frame(2));
  expect(kept.from(0)).toEqual({ startAt: BYTES, pieces: [frame(2)] });
});

test('[R1] a call that lasts keeps its latest seconds whole, wherever they lie in the ring', () => {
  const kept = new KeptAudio();
  const all: Buffer[] = [];
  for (let n = 0; n < 5_000; n++) {
    // Odd sizes, so that pieces are cut by the edge of the ring in every way; silence of seconds among them.
    const bytes = n % 97 === 0 ? 20_000 : 1 + ((n * 37) % 400);
    all.push(Buffer.alloc(bytes, n % 251));
    kept.keep(frame(n, bytes));
    kept.forgetBefore(kept.endAt - 64_000);
  }
  expect(bytesOf(kept.since(0))).toEqual(Buffer.concat(all).subarray(-64_000));
});

test('[R1] it grows in the middle of a call without losing a byte', () => {
  const kept = keptOf(frames(0, 1_000));
  kept.forgetBefore(700 * BYTES);
  for (const audio of frames(1_000, 2_100)) expect(kept.keep(audio)).toBe(true);
  expect(bytesOf(kept.from(0).pieces)).toEqual(bytesOf(frames(700, 2_100)));
});
