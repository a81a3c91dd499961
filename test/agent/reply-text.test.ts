import { describe, expect, it } from 'vitest';
import { LONGEST_REPLY } from '../../src/call/reply-limit.ts';
import { type ReplyItem, ReplyText } from '../../src/agent/reply-text.ts';

const message = (id: string, text = '', phase: ReplyItem['phase'] = null): ReplyItem => ({
  id,
  phase,
  content: text === '' ? [] : [{ type: 'output_text', text }],
});
const at = (item_id: string) => ({ item_id, content_index: 0 });

describe('the text of a reply', () => {
  it('passes text on once, though it comes as deltas, part, item and snapshot', () => {
    const text = new ReplyText();
    text.begin(message('a'));
    expect(text.delta(at('a'), 'One ')).toBe('One ');
    expect(text.delta(at('a'), 'two')).toBe('two');
    expect(text.wholePart(at('a'), 'One two.')).toBe('.');
    expect(text.wholeItem(message('a', 'One two.'))).toBe('');
    expect(text.spoken).toBe('One two.');
  });

  it('drops deltas that a snapshot already contained', () => {
    const text = new ReplyText();
    text.begin(message('a'));
    text.delta(at('a'), 'One ');
    expect(text.wholeItem(message('a', 'One two thr'))).toBe('two thr');
    expect(text.delta(at('a'), 'two ')).toBe('');
    expect(text.delta(at('a'), 'three')).toBe('ee');
  });

  it('[R1] ignores deltas after a gap and waits for the whole text', () => {
    const text = new ReplyText();
    text.begin(message('a'));
    text.delta(at('a'), 'One ');
    text.loseTrack();
    expect(text.delta(at('a'), 'three ')).toBe('');
    expect(text.delta(at('unseen'), 'what?')).toBe('');
    expect(text.wholePart(at('a'), 'One two three four')).toBe('two three four');
  });

  it('[T7] leaves commentary out, whole or in pieces', () => {
    const text = new ReplyText();
    text.begin(message('a', '', 'commentary'));
    expect(text.delta(at('a'), 'Looking.')).toBe('');
    expect(text.wholePart(at('a'), 'Looking.')).toBe('');
    expect(text.wholeItem(message('a', 'Looking.', 'commentary'))).toBe('');
    expect(text.wholeItem(message('b', 'Found.', 'final_answer'))).toBe('Found.');
  });

  it('separates two messages, and speaks a refusal', () => {
    const text = new ReplyText();
    expect(text.wholeItem(message('a', 'One.'))).toBe('One.');
    const refusal = { id: 'b', content: [{ type: 'refusal', refusal: 'I cannot say.' }] };
    expect(text.wholeItem(refusal)).toBe('\nI cannot say.');
  });

  it('cuts what is huge, and still shows the turn that there was more', () => {
    const text = new ReplyText();
    text.begin(message('a'));
    const spoken = text.delta(at('a'), 'a'.repeat(1_000_000));
    expect(spoken.length).toBeGreaterThan(LONGEST_REPLY);
    expect(spoken.length).toBeLessThan(LONGEST_REPLY + 10);
    expect(text.delta(at('a'), 'more')).toBe('');
    expect(text.wholeItem(message('a', 'a'.repeat(2_000_000)))).toBe('');
    expect(text.spoken).toBe(spoken);
  });
});
