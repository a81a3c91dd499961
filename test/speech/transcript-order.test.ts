import { expect, test } from 'vitest';
import { OVERDUE_MS, TranscriptOrder } from '../../src/speech/transcript-order.ts';
import { SteppedClock } from '../support/clock.ts';

function orderWith() {
  const clock = new SteppedClock();
  const told: string[] = [];
  const order = new TranscriptOrder(clock, (id, transcript) => told.push(`${id}=${transcript}`));
  return { clock, told, order };
}

test('[L3] transcripts are told in the order of the audio, however they arrive', () => {
  const { order, told } = orderWith();
  order.committed('a', null);
  order.committed('b', 'a');
  order.committed('c', 'b');
  order.transcribed('c', 'three');
  order.transcribed('b', 'two');
  expect(told).toEqual([]);
  order.transcribed('a', 'one');
  expect(told).toEqual(['a=one', 'b=two', 'c=three']);
});

test('[L3] the order of the audio is what the items say, not how the commits arrive', () => {
  const { order, told } = orderWith();
  order.committed('b', 'a');
  order.committed('a', null);
  order.committed('d', 'c');
  order.committed('c', 'b');
  for (const id of ['d', 'c', 'b', 'a']) order.transcribed(id, '');
  expect(told).toEqual(['a=', 'b=', 'c=', 'd=']);
});

test('[L3] a transcript that never comes is empty after five seconds and holds up nobody longer', () => {
  const { clock, order, told } = orderWith();
  order.committed('a', null);
  clock.step(1_000);
  order.committed('b', 'a');
  order.transcribed('b', 'two');
  clock.step(OVERDUE_MS - 1_001);
  expect(told).toEqual([]);
  clock.step(1);
  expect(told).toEqual(['a=', 'b=two']);
});

test('[L3] a transcript that comes after that, or twice, or for nobody, is dropped', () => {
  const { clock, order, told } = orderWith();
  order.committed('a', null);
  clock.step(OVERDUE_MS);
  order.transcribed('a', 'late');
  order.transcribed('never committed', 'what');
  order.committed('b', 'a');
  order.committed('b', 'a');
  order.committed('c', 'b');
  order.transcribed('c', 'three');
  order.transcribed('c', 'twice');
  order.transcribed('b', 'two');
  order.transcribed('b', 'twice');
  expect(told).toEqual(['a=', 'b=two', 'c=three']);
  expect(clock.waiting).toBe(0);
});

test('[R1] after the session is gone it reports nothing pending, and leaves no timer', () => {
  const { clock, order, told } = orderWith();
  order.committed('a', null);
  order.committed('b', 'a');
  order.transcribed('b', 'two');
  order.forget();
  order.transcribed('a', 'late');
  expect(told).toEqual([]);
  expect(clock.waiting).toBe(0);
});
