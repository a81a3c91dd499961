import { describe, expect, it } from 'vitest';
import { phoneTools } from '../../src/call/phone-tools.ts';

const tools = phoneTools({ usual: '+15550100', allowed: ['+15550100', '+15550200'] });

describe('phone tools', () => {
  it('[E1] each becomes a command', () => {
    expect(tools.call('end_call', '{}')?.command).toEqual({ type: 'end' });
    expect(tools.call('send_digits', { digits: '1w2#' })?.command).toEqual({
      type: 'send-digits',
      digits: '1w2#',
    });
    expect(
      tools.call('transfer_call', '{"to":"+1 555 0200","summary":"Ann\\nhas a question."}')?.command,
    ).toEqual({
      type: 'transfer',
      to: '+15550200',
      summary: 'Ann has a question.',
    });
    expect(tools.call('transfer_call', { to: null, summary: null })?.command).toEqual({
      type: 'transfer',
      to: '+15550100',
      summary: '',
    });
  });

  it.each([
    ['send_digits', { digits: '12; drop' }],
    ['send_digits', '{"digits":'],
    ['send_digits', null],
    ['send_digits', { digits: '1'.repeat(33) }],
    ['transfer_call', { to: '+19005550000', summary: 'x' }],
    ['transfer_call', { to: 'sales' }],
  ])('%s of %j is answered and not done', (name, args) => {
    const answer = tools.call(name, args);
    expect(answer?.command).toBeNull();
    expect(answer?.output).not.toBe('');
  });

  it("the agent's own tools are none of ours", () => {
    expect(tools.call('look_up_order', {})).toBeNull();
  });

  it('a transfer is offered only where there is somebody to transfer to', () => {
    const alone = phoneTools({ usual: null, allowed: [] });
    expect(alone.offered.map(({ name }) => name)).toEqual(['end_call', 'send_digits']);
    expect(alone.call('transfer_call', {})?.command).toBeNull();
    expect(tools.offered.map(({ name }) => name)).toContain('transfer_call');
  });
});
