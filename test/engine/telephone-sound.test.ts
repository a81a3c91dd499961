import alawmulaw from 'alawmulaw';
import { expect, test } from 'vitest';
import { PIECE_BYTES, telephoneSound } from '../../src/engine/telephone-sound.ts';
import { readWave } from '../../src/call/wav.ts';
import { coughOf, loudness, soundOf, ToneListener } from '../../sandbox/tones.ts';
import { type FileShape, linearOf, toneFile, waveFile } from './wave-files.ts';

function onThePhone(file: Buffer): Buffer {
  const wave = readWave(file);
  if (typeof wave === 'string') throw new Error(wave);
  return Buffer.concat([...telephoneSound(wave)]);
}

function wordsIn(sound: Buffer): string {
  const listener = new ToneListener();
  listener.hear(sound);
  listener.pause();
  return listener.text;
}

test('[L1] telephone audio passes unchanged', () => {
  const sound = coughOf(1_030);
  expect(onThePhone(waveFile({ codec: 7, data: sound }))).toEqual(sound);
});

const WORDS = 'Zwölf Rosen, bitte: 12 for Ann & Bob';

test.each<[string, Omit<FileShape, 'data'>]>([
  ['8 kHz', {}],
  ['11025 Hz', { rateHz: 11_025 }],
  ['16 kHz', { rateHz: 16_000 }],
  ['22050 Hz stereo', { rateHz: 22_050, channels: 2 }],
  ['44.1 kHz stereo', { rateHz: 44_100, channels: 2 }],
  ['48 kHz', { rateHz: 48_000 }],
  ['a rate that nothing divides', { rateHz: 17_389 }],
])('words survive the conversion to 8 kHz µ-law: %s', (_, shape) => {
  const { rateHz = 8_000, channels = 1 } = shape;
  const data = linearOf(soundOf(WORDS), rateHz, channels);
  const sound = onThePhone(waveFile({ ...shape, data }));
  expect(wordsIn(sound)).toBe(WORDS);
  expect(Math.abs(sound.length - soundOf(WORDS).length)).toBeLessThanOrEqual(1);
});

test('µ-law of another rate or of two channels is decoded first', () => {
  const mono = soundOf(WORDS);
  const stereo = Buffer.from([...mono].flatMap((byte) => [byte, byte]));
  expect(wordsIn(onThePhone(waveFile({ codec: 7, channels: 2, data: stereo })))).toBe(WORDS);
});

test('two channels are mixed at half their level', () => {
  const one = linearOf(coughOf(200), 8_000);
  const left = Buffer.alloc(one.length * 2);
  for (let at = 0; at < one.length; at += 2) left.writeInt16LE(one.readInt16LE(at), at * 2);
  const heard = loudness(onThePhone(waveFile({ channels: 2, data: left })));
  expect(heard).toBeCloseTo(loudness(coughOf(200)) / 2, 2);
});

test.each([16_000, 44_100, 48_000])(
  'what a telephone cannot carry is gone and not folded down: %i Hz',
  (rateHz) => {
    const [full, high, above] = [1_000, 4_200, 6_500].map((hz) => loudness(onThePhone(toneFile(hz, rateHz))));
    expect(full).toBeCloseTo(loudness(onThePhone(toneFile(1_000, 8_000))), 2);
    expect(high).toBeLessThan((full ?? 0) / 50);
    expect(above).toBeLessThan((full ?? 0) / 50);
  },
);

test('a sample beyond the range is clipped and does not wrap around', () => {
  const square = Buffer.alloc(48_000 * 2);
  for (let at = 0; at < 48_000; at++) square.writeInt16LE(at % 480 < 240 ? 32_767 : -32_768, at * 2);
  const samples = samplesOf(onThePhone(waveFile({ rateHz: 48_000, data: square })));
  // Beside an edge the filter overshoots; on it anything may be.
  const wrapped = samples.filter((sample, at) => {
    const place = at % 80;
    const isEdge = place < 2 || place > 77 || (place > 37 && place < 42);
    return !isEdge && sample > 0 !== place < 40;
  });
  expect(wrapped).toEqual([]);
});

test.each([11_025, 16_000, 17_389, 44_100, 48_000])(
  'the work is done in pieces, each when it is asked for, and they join without a seam: %i Hz',
  (rateHz) => {
    const wave = readWave(toneFile(440, rateHz));
    if (typeof wave === 'string') throw new Error(wave);
    const pieces = [...telephoneSound(wave)];
    expect(pieces.map(({ length }) => length)).toEqual(Array.from({ length: 5 }, () => PIECE_BYTES));
    const samples = samplesOf(Buffer.concat(pieces));
    const errors = samples.map((sample, at) => {
      const wanted = 10_000 * Math.sin((2 * Math.PI * 440 * at) / 8_000);
      // At both ends the sound begins and stops, which is no tone.
      return at < 20 || at > 7_980 ? 0 : Math.abs(sample - wanted);
    });
    // Half a step of µ-law at this height is 256.
    expect(Math.max(...errors)).toBeLessThan(300);
  },
);

function samplesOf(sound: Buffer): number[] {
  return [...alawmulaw.mulaw.decode(sound)];
}
