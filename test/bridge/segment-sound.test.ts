import { expect, it } from 'vitest';
import { SegmentSound } from '../../src/bridge/segment-sound.ts';

const audio = (bytes: number, first = 0): string =>
  Buffer.from(Array.from({ length: bytes }, (_, n) => (first + n) % 251)).toString('base64');

it('[L1] hands out whole frames, and the rest with what comes next', () => {
  const sound = new SegmentSound(0);
  sound.receive(audio(200));
  expect(sound.take(false)).toEqual({ from: 0, bytes: 160 });
  expect(sound.take(false)).toEqual({ from: 160, bytes: 0 });
  sound.receive(audio(300, 200));
  expect(sound.take(false)).toEqual({ from: 160, bytes: 320 });
  expect(sound.audio(0, 480)).toBe(audio(480));
  expect(sound.receivedBytes).toBe(500);
});

it('[L1] pads the last frame with silence, which does not count as received', () => {
  const sound = new SegmentSound(0);
  sound.receive(audio(170));
  sound.take(false);
  expect(sound.take(true)).toEqual({ from: 160, bytes: 160 });
  expect(Buffer.from(sound.audio(160, 160), 'base64')).toEqual(
    Buffer.concat([Buffer.from(audio(10, 160), 'base64'), Buffer.alloc(150, 0xff)]),
  );
  expect(sound.receivedBytes).toBe(170);
  expect(sound.take(true)).toEqual({ from: 320, bytes: 0 });
});

it('grows beyond its typical length without losing a byte', () => {
  const sound = new SegmentSound(1_000);
  for (let n = 0; n < 100; n++) sound.receive(audio(99, n * 99));
  expect(sound.take(false)).toEqual({ from: 0, bytes: 9_760 });
  expect(sound.audio(320, 9_440)).toBe(audio(9_440, 320));
});

it('keeps what is not heard yet', () => {
  const sound = new SegmentSound(0);
  sound.receive(audio(320));
  sound.take(true);
  sound.heard(160);
  expect(sound.audio(160, 160)).toBe(audio(160, 160));
  sound.heard(320);
  expect(sound.audio(160, 160)).toBe('');
});
