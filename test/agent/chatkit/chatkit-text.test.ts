import { beforeEach, describe, expect, it } from 'vitest';
import { ChatKitText } from '../../../src/agent/chatkit/chatkit-text.ts';

describe('[T7] what of a ChatKit reply is spoken', () => {
  let text: ChatKitText;

  beforeEach(() => {
    text = new ChatKitText();
  });

  it('is each part once, however often it is told', () => {
    expect(text.begin('a', [])).toBe('');
    expect(text.delta('a', 0, 'One ')).toBe('One ');
    expect(text.delta('a', 0, 'two')).toBe('two');
    expect(text.whole('a', 0, 'One two.')).toBe('.');
    expect(text.whole('a', 1, 'Three.')).toBe('\nThree.');
    expect(text.done('a', ['One two.', 'Three. Four.'])).toBe(' Four.');
  });

  it('stands as it was spoken where it is written otherwise in the end', () => {
    expect(text.delta('a', 0, 'Open at 9【1】.')).toBe('Open at 9【1】.');
    expect(text.done('a', ['Open at 9. Bye.'])).toBe('');
  });

  it('begins anew with a message that has the ID of one that never ended', () => {
    text.begin('a', []);
    expect(text.delta('a', 0, 'Yes.')).toBe('Yes.');
    text.begin('a', []);
    expect(text.delta('a', 0, 'Yes.')).toBe('\nYes.');
  });

  it('waits while a part may yet become data', () => {
    expect(text.delta('a', 0, ' \n')).toBe('');
    expect(text.delta('a', 0, 'Hi')).toBe(' \nHi');
    expect(text.delta('b', 0, '\n')).toBe('');
    expect(text.delta('b', 0, '{"a":')).toBe('');
    expect(text.delta('b', 0, ' 1}')).toBe('');
    expect(text.hasSpoken).toBe(true);
  });

  it('is taken back at once and as a whole', () => {
    text.done('a', ['One.']);
    text.done('b', ['Two.']);
    expect(text.remove('a')).toBe(true);
    expect(text.hasSpoken).toBe(false);
    expect(text.remove('b')).toBe(false);
    expect(text.done('c', ['Three.'])).toBe('Three.');
  });

  it('is what replaces a message, if the message is of this reply', () => {
    expect(text.replace('old', ['Edited.'])).toEqual({ isTakenBack: false, text: '' });
    text.begin('a', []);
    expect(text.replace('a', ['{"data": 1}', 'One.'])).toEqual({ isTakenBack: false, text: 'One.' });
    expect(text.replace('a', ['{"data": 2}', 'One. Two.'])).toEqual({ isTakenBack: false, text: ' Two.' });
    expect(text.replace('a', ['Three.'])).toEqual({ isTakenBack: true, text: 'Three.' });
  });
});
