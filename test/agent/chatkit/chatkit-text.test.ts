import { beforeEach, describe, expect, it } from 'vitest';
import { LONGEST_REPLY } from '../../../src/call/reply-limit.ts';
import { ChatKitText } from '../../../src/agent/chatkit/chatkit-text.ts';

describe('[T7] the spoken text of a ChatKit reply', () => {
  let text: ChatKitText;

  beforeEach(() => {
    text = new ChatKitText();
  });

  it('contains each part once, however often it comes', () => {
    expect(text.begin('a', [])).toBe('');
    expect(text.delta('a', 0, 'One ')).toBe('One ');
    expect(text.delta('a', 0, 'two')).toBe('two');
    expect(text.whole('a', 0, 'One two.')).toBe('.');
    expect(text.whole('a', 1, 'Three.')).toBe('\nThree.');
    expect(text.done('a', ['One two.', 'Three. Four.'])).toBe(' Four.');
  });

  it('stays as it was spoken if the final text differs', () => {
    expect(text.delta('a', 0, 'Open at 9【1】.')).toBe('Open at 9【1】.');
    expect(text.done('a', ['Open at 9. Bye.'])).toBe('');
  });

  it('begins anew with a message that reuses the ID of an unfinished one', () => {
    text.begin('a', []);
    expect(text.delta('a', 0, 'Yes.')).toBe('Yes.');
    text.begin('a', []);
    expect(text.delta('a', 0, 'Yes.')).toBe('\nYes.');
  });

  it('waits while a part may still turn out to be data', () => {
    expect(text.delta('a', 0, ' \n')).toBe('');
    expect(text.delta('a', 0, 'Hi')).toBe(' \nHi');
    expect(text.delta('b', 0, '\n')).toBe('');
    expect(text.delta('b', 0, '{"a":')).toBe('');
    expect(text.delta('b', 0, ' 1}')).toBe('');
    expect(text.hasSpoken).toBe(true);
  });

  it('is withdrawn at once and as a whole', () => {
    text.done('a', ['One.']);
    text.done('b', ['Two.']);
    expect(text.remove('a')).toBe(true);
    expect(text.hasSpoken).toBe(false);
    expect(text.remove('b')).toBe(false);
    expect(text.done('c', ['Three.'])).toBe('Three.');
  });

  it('follows a replacement if the message belongs to this reply', () => {
    expect(text.replace('old', ['Edited.'])).toEqual({ isTakenBack: false, text: '' });
    text.begin('a', []);
    expect(text.replace('a', ['{"data": 1}', 'One.'])).toEqual({ isTakenBack: false, text: 'One.' });
    expect(text.replace('a', ['{"data": 2}', 'One. Two.'])).toEqual({ isTakenBack: false, text: ' Two.' });
    expect(text.replace('a', ['Three.'])).toEqual({ isTakenBack: true, text: 'Three.' });
  });

  it('cuts a huge delta before it reads it, and still shows the turn that there was more', () => {
    const huge = 'a'.repeat(1_000_000);
    const spoken = text.delta('a', 0, huge);
    expect(spoken.length).toBeGreaterThan(LONGEST_REPLY);
    expect(spoken.length).toBeLessThan(LONGEST_REPLY + 10);
    expect(text.delta('a', 0, huge)).toBe('');
    expect(text.done('a', [huge + huge])).toBe('');
    expect(text.replace('a', [huge])).toEqual({ isTakenBack: false, text: '' });
  });
});
