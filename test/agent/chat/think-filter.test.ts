import { describe, expect, it } from 'vitest';
import { ThinkFilter } from '../../../src/agent/chat/think-filter.ts';

function spoken(...deltas: string[]): string[] {
  const filter = new ThinkFilter();
  return [...deltas.map((delta) => filter.push(delta)), filter.end()];
}

describe('reasoning in front of an answer', () => {
  it.each([
    ['is not spoken', '<think>Hm. 1 < 2.</think>\n\nHello.', 'Hello.'],
    ['may be empty', '<think>\n\n</think>\n\nHello.', 'Hello.'],
    ['may come twice', '<think>a</think> <think>b</think>Hello.', 'Hello.'],
    ['may follow white space', '\n <think>a</think>Hello.', 'Hello.'],
    ['that never ends is all there is', '<think>Hello.', ''],
    ['is only what is tagged so', 'I <think> so</think>.', 'I <think> so</think>.'],
    ['has a tag of its own', '<thinker>Hello.', '<thinker>Hello.'],
    ['is not half a tag', '<thi', '<thi'],
  ])('%s, in one piece or by characters', (_, text, words) => {
    expect(spoken(text).join('')).toBe(words);
    expect(spoken(...text.split('')).join('')).toBe(words);
  });

  it('is passed through once words have come', () => {
    expect(spoken('He', '<think>', 'llo')).toEqual(['He', '<think>', 'llo', '']);
    expect(spoken('<think>a</think>', '\n', 'He', '<', 'llo')).toEqual(['', '', 'He', '<', 'llo', '']);
  });

  it('is reported if it never ends', () => {
    const filter = new ThinkFilter();
    filter.push('<think>Hm');
    expect(filter.isThinking).toBe(true);
    filter.push('</think>');
    expect(filter.isThinking).toBe(false);
  });
});
