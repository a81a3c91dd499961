import { describe, expect, it } from 'vitest';
import { Directives } from '../../src/call/directives.ts';
import { Sentences } from '../../src/call/sentences.ts';
import { isSpokenAsWritten, speakable } from '../../src/call/speakable.ts';

/** All that means something to a scanner, alone and as the beginning of what never ends. */
const MARKS = [
  '[¦[[¦]¦]]¦[[end¦[[transfer: ¦[[digits 1¦[a](¦](¦![¦(¦()¦)¦[1]¦[^¦<¦<a¦>\n¦http://¦https://a¦https://a/.¦【¦\u{E200}',
  '\n¦\r¦\u2029¦\t¦ ¦ \n¦. ¦.¦!¦…¦, ¦ ,¦:¦"¦1. ¦1.¦Dr. ¦A. ¦x¦\u{1F600}¦\u200D',
  '*¦* ¦**a¦*a¦_¦_a¦a_¦`¦~¦#¦# ¦>¦> ¦- ¦--- ¦|¦ | ¦|-¦|:-',
].flatMap((marks) => marks.split('¦'));

const SCANNERS = {
  directives(text: string): void {
    const directives = new Directives();
    directives.push(text);
    directives.end();
  },
  sentences(text: string): void {
    const sentences = new Sentences();
    sentences.push(text);
    sentences.end();
  },
  speakable(text: string): void {
    speakable(text);
  },
  comparison(text: string): void {
    isSpokenAsWritten(text, text);
  },
};

/** Ten is linear and a hundred quadratic. Times under a millisecond say nothing, so they count as one. */
const MOST_TIMES_LONGER = 50;
const TRIES = 3;

/** CPU time of this thread: a machine that others use takes none of it. */
function msOf(run: () => void): number {
  const began = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1000;
}

function timesLonger(scan: (text: string) => void, mark: string): number {
  const text = mark.repeat(40_000 / mark.length);
  const shortMs = msOf(() => scan(text.slice(0, 4_000)));
  return msOf(() => scan(text)) / Math.max(1, shortMs);
}

describe.for(Object.entries(SCANNERS))('the scanner of %s', ([, scan]) => {
  it.for(MARKS)('takes ten times as long for ten times as many %j', (mark) => {
    // The engine may compile or collect garbage during one try.
    let least = Infinity;
    for (let tries = 0; tries < TRIES && least > MOST_TIMES_LONGER; tries++)
      least = Math.min(least, timesLonger(scan, mark));
    expect(least).toBeLessThanOrEqual(MOST_TIMES_LONGER);
  });
});
