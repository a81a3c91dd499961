import { describe, expect, it } from 'vitest';
import { afterCall, dentist, flowerShop, type Remembered, tokensOf } from '../../sandbox/openai/mind.ts';

const hear = (text: string, ...said: string[]) =>
  flowerShop({ text, history: said.map((one) => ({ role: 'user', text: one })), sessionId: 's' }).text;

describe('the businesses of the sandbox', () => {
  it('answer the same question in the same words, each in its own', () => {
    expect(hear('When are you open?')).toBe(hear('When are you open?'));
    expect(hear('When are you open?')).not.toBe(
      dentist({ text: 'When are you open?', history: [], sessionId: 's' }).text,
    );
  });

  it('remember a name', () => {
    expect(hear('What is my name?', 'My name is Ann.', 'Thanks.')).toBe('Your name is Ann.');
    expect(hear('What is my name?')).toMatch(/not told me/);
  });

  it('say "ok" where the caller was greeted already, and greet where not', () => {
    expect(hear('[They are being greeted. Answer this line with "ok" only.]')).toBe('ok');
    expect(hear('[A call has begun. Greet them in one short sentence.]')).toMatch(
      /^Hello, this is Bloom and Stem/,
    );
  });

  it('take the keys of the phone for words, and other notes not', () => {
    expect(hear('[The caller pressed 42]')).toContain('4 2');
    expect(hear('[The caller interrupted you at: "flowers"]\nWhen are you open?')).toMatch(/^We are open/);
  });

  it('take keys for words where they are a note beside the words, too', () => {
    const note = (role: 'developer' | 'user') => ({ role, text: '[The caller pressed 42]' });
    const reply = (...history: Remembered[]) => flowerShop({ history, text: '', sessionId: 's' }).text;
    expect(reply(note('developer'))).toContain('4 2');
    expect(reply(note('user'))).toContain('4 2');
    expect(reply(note('developer'), { role: 'assistant', text: 'Thanks.' })).not.toContain('4 2');
  });

  it('have a call answered before they say the rest', () => {
    const calls = { name: 'f', arguments: {}, times: 2 };
    const rest = afterCall({ text: 'Done.', saysBeforeCall: 'Wait.', calls });
    expect(rest).toEqual({ text: 'Done.', calls: { ...calls, times: 1 } });
    expect(afterCall(rest)).toEqual({ text: 'Done.' });
  });

  it('write in tokens that add up to the text', () => {
    const text = 'One  two,\nthree! ';
    expect(tokensOf(text).join('')).toBe(text);
    expect(tokensOf(text)).toHaveLength(4);
  });
});
