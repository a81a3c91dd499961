import alawmulaw from 'alawmulaw';
import { expect, test } from 'vitest';
import { coughOf } from '../../sandbox/tones.ts';
import { durationMsOf, readWave, writeWave } from '../../src/call/wav.ts';
import { waveFile } from '../engine/wave-files.ts';

const data = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);

test.each([
  ['16 bit, mono', waveFile({ data, rateHz: 16_000 }), { format: 'pcm16', channels: 1, rateHz: 16_000 }],
  ['16 bit, stereo', waveFile({ data, channels: 2 }), { format: 'pcm16', channels: 2, rateHz: 8_000 }],
  ['µ-law', waveFile({ data, codec: 7 }), { format: 'mulaw', channels: 1, rateHz: 8_000 }],
  ['extensible', waveFile({ data, isExtensible: true }), { format: 'pcm16', channels: 1, rateHz: 8_000 }],
  ['extensible µ-law', waveFile({ data, codec: 7, isExtensible: true }), { format: 'mulaw', channels: 1 }],
  [
    'other chunks before the data, one of an odd length',
    waveFile({ data, before: [['LIST', Buffer.from('abc')]] }),
    { format: 'pcm16' },
  ],
  ['streamed: the length is unknown', waveFile({ data, statedBytes: 0xffffffff }), { format: 'pcm16' }],
  ['streamed: the length was never filled in', waveFile({ data, statedBytes: 0 }), { format: 'pcm16' }],
  ['cut short', waveFile({ data, statedBytes: 4_000 }), { format: 'pcm16' }],
])('a WAV file is read: %s', (_, file, wanted) => {
  const wave = readWave(file);
  expect(wave).toMatchObject({ ...wanted, data });
});

test('half a frame at the end of a WAV file is left out', () => {
  const file = waveFile({ channels: 2, data: Buffer.from([1, 2, 3, 4, 5, 6]) });
  expect(readWave(file)).toMatchObject({ data: Buffer.from([1, 2, 3, 4]) });
});

test.each([
  ['another kind of file', Buffer.from('OggS and what is in it')],
  ['nothing', Buffer.alloc(0)],
  ['a head and no more', waveFile({ data }).subarray(0, 12)],
  ['data without a format', Buffer.concat([Buffer.from('RIFF----WAVEdata'), Buffer.alloc(8)])],
  [
    'a format that is cut short',
    Buffer.concat([Buffer.from('RIFF----WAVEfmt \x04\0\0\0abcddata'), Buffer.alloc(8)]),
  ],
  ['24 bit', waveFile({ data, bits: 24 })],
  ['MP3 inside', waveFile({ data, codec: 0x55 })],
  ['five channels', waveFile({ data, channels: 5 })],
  ['no channel', waveFile({ data, channels: 0 })],
  ['96 kHz', waveFile({ data, rateHz: 96_000 })],
  ['4 kHz', waveFile({ data, rateHz: 4_000 })],
  ['chunks without end', Buffer.concat([Buffer.from('RIFF----WAVE'), Buffer.alloc(8 * 200)])],
])('rejects an unusable file with a sentence: %s', (_, file) => {
  expect(readWave(file)).toMatch(/^[A-Z].*\.$/);
});

test.each(['mulaw', 'pcm16'] as const)('[L1] what the voice said is written unchanged, as %s', (format) => {
  const said = coughOf(25);
  const wave = readWave(writeWave(said, format));
  if (typeof wave === 'string') throw new Error(wave);
  expect(wave).toMatchObject({ format, channels: 1, rateHz: 8_000 });
  expect(durationMsOf(wave)).toBe(25);
  const samples =
    format === 'mulaw'
      ? wave.data
      : alawmulaw.mulaw.encode(new Int16Array(Uint8Array.from(wave.data).buffer));
  expect(Buffer.from(samples)).toEqual(said);
});

test('every program finds its way in a written file: sizes add up, and µ-law states its samples', () => {
  const file = writeWave(Buffer.alloc(801, 0x7f), 'mulaw');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.length % 2).toBe(0);
  const fact = file.indexOf('fact');
  expect(file.readUInt32LE(fact + 8)).toBe(801);
  expect(file.readUInt32LE(file.indexOf('data') + 4)).toBe(801);
});
