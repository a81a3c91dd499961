import { describe, expect, it } from 'vitest';
import { type Directive, Directives } from '../../src/call/directives.ts';

function read(text: string, size: number): { text: string; found: readonly Directive[] } {
  const directives = new Directives();
  let spoken = '';
  for (let at = 0; at < text.length; at += size) spoken += directives.push(text.slice(at, at + size));
  spoken += directives.end();
  return { text: spoken, found: directives.found };
}

const END: Directive = { type: 'end' };

describe('[E1] orders inside a reply, however it is cut', () => {
  it.each<[string, string, Directive[]]>([
    ['Goodbye. [[end]]', 'Goodbye. ', [END]],
    ['[[END]]', '', [END]],
    ['Goodbye.\n[[end]]\n', 'Goodbye.\n\n', [END]],
    ['[[[end]]]', '[]', [END]],
    ['[[silent]]', '', [{ type: 'stay-silent' }]],
    ['[[digits 1w2#]] Bye.', ' Bye.', [{ type: 'send-digits', digits: '1w2#' }]],
    ['[[transfer]]', '', [{ type: 'transfer', to: '', summary: '' }]],
    ['[[transfer +1 (555) 123-4567]]', '', [{ type: 'transfer', to: '+1 (555) 123-4567', summary: '' }]],
    [
      'One moment. [[transfer +15551234567: Ann asks about roses.]]',
      'One moment. ',
      [{ type: 'transfer', to: '+15551234567', summary: 'Ann asks about roses.' }],
    ],
    ['[[transfer: Ann is angry]]', '', [{ type: 'transfer', to: '', summary: 'Ann is angry' }]],
    ['[[digits 5]][[end]]', '', [{ type: 'send-digits', digits: '5' }, END]],
  ])('%j', (written, text, found) => {
    for (const size of [1, 2, 3, 7, 100]) expect(read(written, size)).toEqual({ text, found });
  });

  it.each([
    'Press [[1]] to end.',
    '[[ending]] [end] [[end',
    '[[end ]] [[ end]]',
    '[[digits]] [[digits twelve]] [[digits ]]',
    `[[digits ${'1'.repeat(33)}]]`,
    '[[transfer Bob]] [[transfer +12]] [[transferred]]',
    '[[transfer +15551234567: two\nlines]]',
    'a [ b ]] c [[',
  ])('%j only looks like one, and is text', (written) => {
    for (const size of [1, 2, 3, 7, 100]) expect(read(written, size)).toEqual({ text: written, found: [] });
  });

  it('text is held back only while it may become an order', () => {
    const directives = new Directives();
    expect(directives.push('Say [')).toBe('Say ');
    expect(directives.push('1]')).toBe('[1]');
    expect(directives.push('[[transfer +1')).toBe('');
    expect(directives.push('x')).toBe('[[transfer +1x');
    expect(directives.push(`[[transfer: ${'x'.repeat(400)}`)).toMatch(/^\[\[transfer: x+$/);
  });
});
