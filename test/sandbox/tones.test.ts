import { expect, test } from 'vitest';
import {
  CUT_OFF,
  NOISE,
  SYMBOL_BYTES,
  ToneListener,
  coughOf,
  loudness,
  silence,
  soundOf,
} from '../../sandbox/tones.ts';

function heardIn(...audio: Uint8Array[]): string {
  const listener = new ToneListener();
  for (const piece of audio) listener.hear(piece);
  listener.pause();
  return listener.text;
}

test('every byte is heard as the byte it was', () => {
  const text = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
  const beyondAscii = 'Grüße, 你好, مرحبا, 👋';
  expect(heardIn(soundOf(text), soundOf(beyondAscii))).toBe(text + beyondAscii);
});

test.for([1, 7, 159, 160, 161, 1_613])('pieces of %i bytes are heard as one text', (size) => {
  const sound = soundOf('Do you have a table for four?');
  const pieces = Array.from({ length: Math.ceil(sound.length / size) }, (_, n) =>
    sound.subarray(n * size, (n + 1) * size),
  );
  expect(heardIn(...pieces)).toBe('Do you have a table for four?');
});

test('a frame lost, doubled or crossed is wrong text', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(soundOf);
  if (!a || !b || !c) throw new Error('no sound');
  expect(heardIn(a, c)).toBe('ac');
  expect(heardIn(a, b, b, c)).toBe('abbc');
  expect(heardIn(a, c, b)).toBe('acb');
});

test('silence between, however long or odd, changes nothing', () => {
  expect(heardIn(soundOf('he'), silence(1_000), Buffer.alloc(37, 0xff), soundOf('llo'))).toBe('hello');
  expect(heardIn(silence(5_000))).toBe('');
});

test('a symbol begun and not ended is a cut-off, and only that', () => {
  const cut = soundOf('abc').subarray(0, 2 * SYMBOL_BYTES + 60);
  expect(heardIn(cut, silence(20))).toBe(`ab${CUT_OFF}`);
  expect(heardIn(cut)).toBe(`ab${CUT_OFF}`);
  expect(heardIn(soundOf('abc').subarray(60))).toBe(`${CUT_OFF}bc`);
});

test('a symbol still sounding is not yet heard', () => {
  const listener = new ToneListener();
  listener.hear(soundOf('ab').subarray(0, SYMBOL_BYTES + 100));
  expect(listener.text).toBe('a');
});

test('a cough is as loud as speech and holds no text', () => {
  const cough = coughOf(300);
  expect(loudness(cough)).toBeGreaterThan(0.05);
  expect(heardIn(cough, silence(20)).replaceAll(NOISE, '').replaceAll(CUT_OFF, '')).toBe('');
  expect(coughOf(300)).toEqual(cough);
  expect(coughOf(300, 2)).not.toEqual(cough);
});

test('silence is not loud', () => {
  expect(loudness(silence(20))).toBe(0);
  expect(loudness(new Uint8Array())).toBe(0);
  expect(loudness(soundOf('x'))).toBeGreaterThan(0.1);
});
