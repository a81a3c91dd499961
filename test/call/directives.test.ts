import { describe, expect, it } from 'vitest';
import { Directives } from '../../src/call/directives.ts';

function read(text: string, size: number): { text: string; endsCall: boolean } {
  const directives = new Directives();
  let spoken = '';
  for (let at = 0; at < text.length; at += size) spoken += directives.push(text.slice(at, at + size));
  spoken += directives.end();
  return { text: spoken, endsCall: directives.endsCall };
}

describe('[E1] orders inside a reply, however it is cut', () => {
  it.each([
    ['Goodbye. [[end]]', 'Goodbye. ', true],
    ['[[end]]', '', true],
    ['Goodbye.\n[[end]]\n', 'Goodbye.\n\n', true],
    ['Press [[1]] to end.', 'Press [[1]] to end.', false],
    ['[[ending]] [end] [[end', '[[ending]] [end] [[end', false],
    ['[[[end]]]', '[]', true],
  ])('%j', (written, text, endsCall) => {
    for (const size of [1, 2, 3, 100]) expect(read(written, size)).toEqual({ text, endsCall });
  });

  it('text is held back only while it may become an order', () => {
    const directives = new Directives();
    expect(directives.push('Say [')).toBe('Say ');
    expect(directives.push('1]')).toBe('[1]');
  });
});
