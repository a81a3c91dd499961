import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asJson, idOf, messagesAsJson, messagesOf, newest, recalled } from '../../src/agent/agent-memory.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../../src/agent/heard-history.ts';
import { message } from './far-end.ts';

describe('[R3] the memory of a conversation', () => {
  const circle: { around?: unknown } = {};
  circle.around = circle;

  it.each([
    ['bytes', { image: new Uint8Array([1]) }],
    ['an instant', [new Date(0)]],
    ['a function', { run: () => 1 }],
    ['a number that is none', Number.NaN],
    ['a bigint', { big: 1n }],
    ['nothing at all in a list', [undefined]],
    ['a circle', circle],
  ])('never holds %s, which JSON does not preserve', (_, value) => {
    expect(asJson(value)).toBeUndefined();
  });

  it('holds what JSON preserves, without undefined fields', () => {
    const twice = { b: [1, 'x', null, true] };
    const kept = asJson({ a: twice, c: undefined, d: [twice, twice] });
    expect(kept).toStrictEqual({ a: twice, d: [twice, twice] });
  });

  it('keeps the newest items', () => {
    const long = 'x'.repeat(60_000);
    expect(newest([`1${long}`, `2${long}`])).toEqual([`2${long}`]);
    expect(newest(['1', '2'])).toEqual(['1', '2']);
    expect(newest(['x'.repeat(100_000)])).toEqual([]);
  });

  it('reads messages back unchanged', () => {
    const messages = [message('Hi.', ['[A note.]'], 'Hel'), message('', ['[Keys.]'])];
    expect(messagesOf(JSON.parse(JSON.stringify(messagesAsJson(messages))))).toEqual(messages);
  });

  it('reads only plausible IDs', () => {
    expect([idOf('sess_1'), idOf(''), idOf(7), idOf('x'.repeat(501))]).toEqual(['sess_1', null, null, null]);
  });

  it('is read only by its own kind', () => {
    const memory = { kind: 'chat', reference: { a: 1 }, history: null };
    expect(recalled('chat', memory)).toEqual({ reference: { a: 1 }, history: {} });
    expect(recalled('model', memory)).toBeNull();
    expect(recalled('chat', undefined)).toBeNull();
  });
});

describe('[R3] a history that the relay keeps', () => {
  const history = (before: unknown) =>
    new HeardHistory<string>({
      opening: ['note'],
      greeting: ['Hello.'],
      cutOff: (_, heard) => [heard],
      before: exchangesOf(z.string(), before),
    });

  it("continues as it was, with this process's opening", () => {
    const first = history(null);
    first.ask(['Hi.'], 'Hel');
    first.answer(['Yes.']);
    const second = history(exchangesAsJson(first.exchanges, (items) => [...items]));
    second.ask(['Again.'], 'Ye');
    expect(second.items).toEqual(['note', 'Hel', 'Hi.', 'Ye', 'Again.']);
  });

  it.each([[null], [[]], ['x'], [[{ asked: ['Hi.'] }]], [[{ asked: [7], answered: [] }]]])(
    'begins anew with %j',
    (before) => {
      expect(history(before).items).toEqual(['note', 'Hello.']);
      expect(history(before).isUntouched).toBe(true);
    },
  );

  it('leaves out an answer that is too long, but keeps its question', () => {
    const first = history(null);
    first.ask(['Read it to me.'], null);
    first.answer(['x'.repeat(200_000)]);
    const second = history(exchangesAsJson(first.exchanges, (items) => [...items]));
    expect(second.items).toEqual(['note', 'Hello.', 'Read it to me.']);
  });
});
