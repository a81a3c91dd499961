import alawmulaw from 'alawmulaw';
import { expect, it } from 'vitest';
import { FRAME_BYTES, loudness } from '../../src/call/mulaw.ts';
import { THINKING_SOUND } from '../../src/call/thinking-sound.ts';

it('[T9] the thinking sound is 1.2 s of whole frames, soft, and silent at both ends', () => {
  const all = Buffer.concat(THINKING_SOUND.map((piece) => Buffer.from(piece, 'base64')));
  expect([all.length, all.length % FRAME_BYTES]).toEqual([9_600, 0]);
  const samples = alawmulaw.mulaw.decode(all);
  expect(Math.max(...samples)).toBeLessThan(2_000);
  expect(loudness(all.toString('base64'))).toBeGreaterThan(300);
  for (const at of [0, samples.length - 1]) expect(Math.abs(samples[at] ?? 0)).toBeLessThan(50);
});
