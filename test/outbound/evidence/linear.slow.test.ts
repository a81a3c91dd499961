// The readers of numbers, codes, dates and times take time in proportion to what was said, whatever was said.
import { describe, expect, it } from 'vitest';
import { evidenceIn } from '../../../src/outbound/evidence/evidence.ts';
import { holdsNumber } from '../../../src/outbound/evidence/needs.ts';
import { holdsCode, holdsPhoneNumber } from '../../../src/outbound/evidence/spelled-out.ts';
import { holdsDate } from '../../../src/outbound/evidence/spoken-dates.ts';
import { holdsTime } from '../../../src/outbound/evidence/spoken-times.ts';
import type { Gap, Token } from '../../../src/outbound/evidence/spoken-tokens.ts';

import { talk } from '../outcome/some-talk.ts';

const GAPS: readonly Gap[] = ['tight', 'line'];
const WORDS = [
  'one',
  'and',
  'um',
  'double',
  'one point',
  'point one',
  'a hundred and',
  'two million',
  'a as in',
  'half past',
  'the first of may',
  'in one week',
  '1 /',
  '1',
  'undundund',
  'tausend'.repeat(100),
];
const READERS: Readonly<Record<string, (tokens: readonly Token[]) => boolean>> = {
  number: (tokens) => holdsNumber(tokens, 4711),
  code: (tokens) => holdsCode(tokens, `${'1'.repeat(99)}2`),
  letters: (tokens) => holdsCode(tokens, 'abc'),
  phone: (tokens) => holdsPhoneNumber(tokens, '15551234567'),
  date: (tokens) => holdsDate(tokens, { year: 2026, month: 5, day: 3 }, Date.UTC(2026, 4, 1)),
  time: (tokens) => holdsTime(tokens, 570),
};

function said(words: string, gap: Gap, length: number): Token[] {
  const texts = words.split(' ');
  return Array.from({ length }, (_, at) => ({ text: texts[at % texts.length] ?? '', gap, joint: '' }));
}

/** Of this thread's processor, in ms; the lesser of two runs. */
function timeOf(read: (tokens: readonly Token[]) => boolean, make: () => readonly Token[]): number {
  const runs = [0, 1].map(() => {
    const tokens = make();
    const before = process.threadCpuUsage();
    read(tokens);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}

describe.each(Object.entries(READERS))('reading for a %s', (_, read) => {
  it.each(WORDS)('takes ten times as long for ten times as many words: "%s"', (words) => {
    for (const gap of GAPS) {
      const few = timeOf(read, () => said(words, gap, 3_000));
      const many = timeOf(read, () => said(words, gap, 30_000));
      // Quadratic is a hundred times; what takes no time at all is within the noise.
      expect(many, `${gap}: ${few} ms, ${many} ms`).toBeLessThan(50 * Math.max(few, 5));
    }
  });
});

describe('reading for doubt', () => {
  const lineOf = (words: string): string[] => Array.from({ length: 1000 }, () => words);
  it.each([
    'no sorry wait i mean friday',
    'let me check. probably. not friday. no.',
    'friday. '.repeat(40),
    'not '.repeat(300),
    'sorry, 4711, no, '.repeat(40),
  ])('takes ten times as long for ten times as many lines: "%s"', (words) => {
    const time = (count: number): number => {
      const lines = lineOf(words)
        .slice(0, count)
        .flatMap((said) => ['agent: Friday, 4711?', `caller: ${said}`]);
      const transcript = talk(...lines);
      const before = process.threadCpuUsage();
      const evidence = evidenceIn(transcript);
      for (const value of ['2026-12-04', '4711', 'Friday', true] as const)
        evidence.findingFor({ pointer: '/a', value }, [1], false);
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000;
    };
    time(50);
    const few = Math.min(time(50), time(50));
    expect(time(500)).toBeLessThan(50 * Math.max(few, 5));
  });
});
