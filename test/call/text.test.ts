import { describe, expect, it } from 'vitest';
import { phoneTools } from '../../src/call/phone-tools.ts';
import { cutText } from '../../src/call/text.ts';

describe('cutting text', () => {
  it('keeps what is short enough, and as much as fits of the rest', () => {
    expect(cutText('flowers', 7)).toBe('flowers');
    expect(cutText('flowers', 4)).toBe('flow');
    expect(cutText('flowers', 0)).toBe('');
  });

  it('leaves out a character that it would split', () => {
    expect(cutText('💐💐', 3)).toBe('💐');
    expect(cutText('💐💐', 2)).toBe('💐');
    expect(cutText('a💐', 2)).toBe('a');
  });

  it('[E1] a transfer summary that is cut inside an emoji is still well-formed', () => {
    const tools = phoneTools({ usual: '+15550100', allowed: ['+15550100'] });
    const answer = tools.call('transfer_call', { to: null, summary: `${'x'.repeat(299)}💐` });
    expect(answer?.command).toMatchObject({ type: 'transfer', summary: 'x'.repeat(299) });
  });
});
