import { expect, test } from 'vitest';
import { AudioBacklog } from '../../src/speech/audio-backlog.ts';

const frame = (n: number, bytes = 160) => Buffer.alloc(bytes, n % 256).toString('base64');
const frames = (count: number) => Array.from({ length: count }, (_, n) => frame(n));

test('[O4] ten seconds are kept whole and in order', () => {
  const backlog = new AudioBacklog();
  for (const audio of frames(500)) expect(backlog.keep(audio)).toBe(false);
  expect(backlog.drain()).toEqual(frames(500));
});

test('[O4] beyond ten seconds the oldest goes, and that is said once', () => {
  const backlog = new AudioBacklog();
  const said = frames(520).map((audio) => backlog.keep(audio));
  expect(said.indexOf(true)).toBe(500);
  expect(said.filter(Boolean)).toHaveLength(1);
  expect(backlog.drain()).toEqual(frames(520).slice(20));
});

test('[O4] bytes count, whatever the size of the frames and their padding', () => {
  const backlog = new AudioBacklog();
  for (const bytes of [79_997, 1, 2]) expect(backlog.keep(frame(0, bytes))).toBe(false);
  expect(backlog.keep(frame(0, 1))).toBe(true);
  expect(backlog.drain()).toHaveLength(3);
});

test('a drained backlog begins anew', () => {
  const backlog = new AudioBacklog();
  for (const audio of frames(501)) backlog.keep(audio);
  backlog.drain();
  expect(backlog.drain()).toEqual([]);
  expect(
    frames(501)
      .map((audio) => backlog.keep(audio))
      .at(-1),
  ).toBe(true);
});
