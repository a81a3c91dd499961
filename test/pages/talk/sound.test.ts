import alawmulaw from 'alawmulaw';
import { describe, expect, it } from 'vitest';
import { soundOf, ToneListener } from '../../../sandbox/tones.ts';
import { mulawByte, RATE, sampleOf, samplesOf } from '../../../src/pages/browser/talk/mulaw.ts';
import { PlayQueue } from '../../../src/pages/browser/talk/play-queue.ts';
import { Resampler } from '../../../src/pages/browser/talk/resampler.ts';

const { mulaw } = alawmulaw;

describe('µ-law in the page', () => {
  it('is that of the relay, byte by byte', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(Array.from(samplesOf(bytes), (sample) => sample * 32_768 + 0)).toEqual(
      Array.from(mulaw.decode(bytes)),
    );
    // 0x7f is a second zero.
    for (const byte of bytes) expect(mulawByte(sampleOf(byte))).toBe(byte === 0x7f ? 0xff : byte);
  });
});

describe('resampling', () => {
  it.each([44_100, 48_000, 16_000, 96_000])(
    'carries every letter of the sandbox’s tones to %i Hz and back',
    (rate) => {
      const text = 'When are you open? Stop/ What do Roses cost, please? OoQ_';
      const up = new Resampler(RATE, rate, 32);
      const down = new Resampler(rate, RATE, 128);
      const ears = new ToneListener();
      const sound = Buffer.concat([soundOf(text), Buffer.alloc(800, 0xff)]);
      for (let at = 0; at < sound.length; at += 160) {
        const high = up.push(samplesOf(sound.subarray(at, at + 160)));
        for (let from = 0; from < high.length; from += 128)
          ears.hear(Uint8Array.from(down.push(high.subarray(from, from + 128)), mulawByte));
      }
      ears.pause();
      expect(ears.text).toBe(text);
    },
  );

  it('keeps length and level, whatever the pieces', () => {
    const resampler = new Resampler(44_100, RATE, 128);
    let length = 0;
    let last = 0;
    for (let pieces = 0; pieces < 345; pieces++) {
      const out = resampler.push(new Float32Array(128).fill(0.5));
      length += out.length;
      last = out.at(-1) ?? last;
    }
    expect(length).toBeGreaterThan(7_850);
    expect(length).toBeLessThanOrEqual(8_011);
    expect(last).toBeCloseTo(0.5, 3);
  });

  it('lets nothing through that a telephone cannot carry', () => {
    const resampler = new Resampler(48_000, RATE, 128);
    const tone = Float32Array.from({ length: 48_000 }, (_, at) =>
      Math.sin((2 * Math.PI * 5_000 * at) / 48_000),
    );
    const out = resampler.push(tone).subarray(1_000);
    expect(Math.max(...out.map(Math.abs))).toBeLessThan(0.003);
  });
});

describe('what is to be played', () => {
  const ones = (length: number): Float32Array => new Float32Array(length).fill(1);
  const take = (queue: PlayQueue, length = 10): [number, string[]] => {
    const out = new Float32Array(length);
    const marks = queue.take(out);
    return [out.reduce((sum, sample) => sum + sample, 0), marks];
  };

  it('a stretch begins with a head start, or after as long without one', () => {
    const queue = new PlayQueue(30, 30);
    queue.add(ones(20));
    expect(take(queue)).toEqual([0, []]);
    queue.add(ones(10));
    expect(take(queue)).toEqual([10, []]);
    take(queue, 20);
    take(queue);
    queue.add(ones(5));
    expect([take(queue), take(queue), take(queue)]).toEqual([
      [0, []],
      [0, []],
      [5, []],
    ]);
  });

  it('a mark is reached once all before it was played, and at once where there is nothing', () => {
    const queue = new PlayQueue(0, 0);
    queue.mark('m0');
    expect(take(queue)).toEqual([0, ['m0']]);
    queue.add(ones(15));
    queue.mark('m1');
    queue.add(ones(5));
    queue.mark('m2');
    expect(take(queue)).toEqual([10, []]);
    expect(take(queue, 5)).toEqual([5, ['m1']]);
    expect(take(queue)).toEqual([5, ['m2']]);
  });

  it('clear forgets the sound, returns its marks, and the next stretch is counted anew', () => {
    const queue = new PlayQueue(0, 0);
    queue.add(ones(100));
    queue.mark('m1');
    take(queue);
    expect(queue.clear()).toEqual(['m1']);
    expect(queue.length).toBe(0);
    queue.add(ones(10));
    queue.mark('m2');
    expect(take(queue)).toEqual([10, ['m2']]);
  });
});
