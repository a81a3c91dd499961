import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';
import { areWordsKept, conversationOf, heardOf } from '../../../src/pages/browser/call/conversation.ts';

const events = (...bodies: readonly CallEventBody[]): CallEvent[] =>
  bodies.map((body, at) => ({ callId: 'ca-1', at, ...body }));

const finished = (said: string, heard: string): CallEventBody => ({
  type: 'turn-finished',
  turnId: 1,
  outcome: 'done',
  said,
  heard,
  failure: null,
});

describe('what was heard', () => {
  it.each([
    ['all of it', 'From 9 to 6.', 'From 9 to 6.', ''],
    ['a part, to the word', 'From 9 to 6. On Sundays closed.', 'From 9', 'to 6. On Sundays closed.'],
    ['nothing', 'From 9 to 6.', '', 'From 9 to 6.'],
    ['what was written with other spaces', 'From  9\nto 6.', 'From 9', 'to 6.'],
  ])('is %s', (_, said, heard, unheard) => {
    const found = heardOf(said, heard);
    expect([found.heard.replaceAll(/\s+/g, ' '), found.unheard]).toEqual([heard, unheard]);
  });
});

it('puts what happened between the lines, and counts the lines as a result does', () => {
  const items = conversationOf(
    events(
      { type: 'line-spoken', line: 'greeting', text: 'Hello.' },
      { type: 'reply-held' },
      { type: 'caller-said', utteranceId: 'u', transcript: 'Hi.' },
      { type: 'operator-noted', text: 'Be kind.' },
    ),
  );
  expect(items.map((item) => (item.is === 'line' ? item.index : item.words))).toEqual([
    0,
    'the caller made a sound: the reply was held',
    1,
    'note to the agent:',
  ]);
});

it('knows a call whose words were not kept from one in which nobody spoke', () => {
  const nothing = events({ type: 'line-spoken', line: 'greeting', text: '' }, finished('', ''));
  expect(areWordsKept(nothing)).toBe(false);
  expect(areWordsKept([])).toBe(true);
  expect(areWordsKept(events({ type: 'line-spoken', line: 'greeting', text: 'Hello.' }))).toBe(true);
});
