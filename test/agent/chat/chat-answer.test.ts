import { describe, expect, it } from 'vitest';
import { ChatAnswer } from '../../../src/agent/chat/chat-answer.ts';

const chunk = (delta: unknown, finish_reason: string | null = null, index = 0) => ({
  choices: [{ index, delta, finish_reason }],
});

function taken(...chunks: unknown[]): { answer: ChatAnswer; text: string } {
  const answer = new ChatAnswer();
  const text = chunks.map((one) => answer.take(one)).join('') + answer.end();
  return { answer, text };
}

/** The calls of an answer that ended well, as `name(arguments)`. */
function called(...fragments: unknown[]): string[] {
  const { answer } = taken(
    ...fragments.map((fragment) => chunk({ tool_calls: [fragment] })),
    chunk({}, 'tool_calls'),
  );
  return answer.calls.map(({ function: { name, arguments: args } }) => `${name}(${args})`);
}

describe('the words of an answer', () => {
  it.each<[string, unknown[], string]>([
    [
      'deltas',
      [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hel' }), chunk({ content: 'lo' })],
      'Hello',
    ],
    ['a refusal', [chunk({ refusal: 'I ' }), chunk({ refusal: 'cannot.' })], 'I cannot.'],
    ['a message that came whole', [{ choices: [{ index: 0, message: { content: 'Hello' } }] }], 'Hello'],
    [
      'parts',
      [
        chunk({
          content: [
            { type: 'thinking', text: 'Hm.' },
            { type: 'text', text: 'Hello' },
          ],
        }),
      ],
      'Hello',
    ],
    ['a choice without an index', [{ choices: [{ delta: { content: 'Hello' } }] }], 'Hello'],
  ])('come as %s', (_, chunks, text) => {
    expect(taken(...chunks).text).toBe(text);
  });

  it.each<[string, unknown]>([
    ['reasoning', chunk({ reasoning_content: 'Hm.', reasoning: 'Hm.' })],
    ['another choice', chunk({ content: 'Hi' }, null, 1)],
    ['usage', { choices: [], usage: { total_tokens: 1 } }],
    ['no choices', { usage: {} }],
    ['an empty choice', { choices: [null] }],
    ['an empty delta', chunk(null)],
    ['another type', chunk({ content: 7, tool_calls: 'x', refusal: null })],
    ['nothing', null],
    ['text', 'Hello'],
  ])('are not %s', (_, odd) => {
    expect(taken(odd, chunk({ content: 'Yes' })).text).toBe('Yes');
  });
});

describe('the calls of an answer', () => {
  it('joins fragments by their index', () => {
    const fragments = [
      { index: 0, id: 'a', function: { name: 'one', arguments: '' } },
      { index: 1, id: 'b', function: { name: 'two', arguments: '{"x"' } },
      { index: 0, function: { arguments: '{}' } },
      { index: 1, function: { arguments: ':1}' } },
    ];
    expect(called(...fragments)).toEqual(['one({})', 'two({"x":1})']);
  });

  it.each<[string, unknown[]]>([
    [
      'one index',
      [
        { index: 0, id: 'a' },
        { index: 0, id: 'b' },
      ],
    ],
    ['no index', [{ id: 'a' }, { id: 'b' }]],
    ['neither index nor ID', [{}, {}]],
  ])('tells calls apart that all have %s', (_, places) => {
    const fragments = places.flatMap((place, at) => [
      { ...Object(place), function: { name: `f${at}`, arguments: '{"x"' } },
      { ...Object(place), id: undefined, function: { arguments: `:${at}}` } },
    ]);
    expect(called(...fragments)).toEqual(['f0({"x":0})', 'f1({"x":1})']);
  });

  it('accepts name and ID repeated in each fragment', () => {
    const fragments = ['{"x"', ':1}'].map((args) => ({
      index: 0,
      id: 'a',
      function: { name: 'f', arguments: args },
    }));
    expect(called(...fragments)).toEqual(['f({"x":1})']);
  });

  it('gives every call an ID', () => {
    const { answer } = taken(
      chunk(
        {
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'f' } },
            { index: 1, function: { name: 'g' } },
          ],
        },
        'stop',
      ),
    );
    const ids = answer.calls.map(({ id }) => id);
    expect(ids).toEqual(['a', expect.stringMatching(/^call_.+/)]);
    expect(answer.calls.map(({ function: { arguments: args } }) => args)).toEqual(['{}', '{}']);
  });

  it.each(['not JSON', '', '[1]', '"x"', 'null'])('replaces the arguments %j with an object', (args) => {
    expect(called({ index: 0, id: 'a', function: { name: 'f', arguments: args } })).toEqual(['f({})']);
  });

  it.each(['length', 'content_filter', null])('drops calls that may be incomplete: %s', (finish) => {
    const call = { index: 0, id: 'a', function: { name: 'end_call', arguments: '{}' } };
    expect(taken(chunk({ tool_calls: [call] }, finish)).answer.calls).toEqual([]);
  });

  it.each<[string, unknown[]]>([
    ['many', Array.from({ length: 17 }, (_, index) => ({ index, id: `${index}`, function: { name: 'f' } }))],
    [
      'long',
      Array.from({ length: 3 }, () => ({ index: 0, function: { name: 'f', arguments: ' '.repeat(9000) } })),
    ],
  ])('drops calls that are too %s', (_, calls) => {
    const { answer } = taken(...calls.map((call) => chunk({ tool_calls: [call] })), chunk({}, 'tool_calls'));
    expect(answer.isOutOfBounds).toBe(true);
    expect(answer.calls).toEqual([]);
  });
});
