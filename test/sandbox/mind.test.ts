import { describe, expect, it } from 'vitest';
import { dentist, flowerShop, tokensOf } from '../../src/sandbox/openai/mind.ts';

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

  it('write in tokens that add up to the text', () => {
    const text = 'One  two,\nthree! ';
    expect(tokensOf(text).join('')).toBe(text);
    expect(tokensOf(text)).toHaveLength(4);
  });
});
