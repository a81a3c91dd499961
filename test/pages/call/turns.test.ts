import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';
import { turnsOf } from '../../../src/pages/browser/call/turns.ts';

/** Events at these instants, in ms. */
const at = (...timed: readonly (readonly [number, CallEventBody])[]): CallEvent[] =>
  timed.map(([ms, body]) => ({ callId: 'ca-1', at: ms, ...body }));

const TURN = at(
  [1_000, { type: 'caller-stopped-speaking' }],
  [1_250, { type: 'caller-said', utteranceId: 'u1', transcript: 'When are you open?' }],
  [1_257, { type: 'turn-started', turnId: 1, text: 'When are you open?' }],
  [1_257, { type: 'agent-told', turnId: 1, text: 'When are you open?', notes: [], heardOfLast: null }],
  [1_617, { type: 'agent-began-replying', turnId: 1 }],
  [1_657, { type: 'segment-asked', turnId: 1, text: 'From 9 to 6.' }],
  [1_907, { type: 'reply-began', turnId: 1 }],
  [1_950, { type: 'reply-heard', turnId: 1 }],
);
const FINISHED: CallEventBody = {
  type: 'turn-finished',
  turnId: 1,
  outcome: 'done',
  said: 'From 9 to 6.',
  heard: 'From 9 to 6.',
  failure: null,
};

describe('the parts of a wait', () => {
  it('lie end to end and sum to the wait', () => {
    const [turn] = turnsOf([...TURN, ...at([4_000, FINISHED])]);
    expect(turn?.parts.map(({ name, owner, lengthMs }) => [name, owner, lengthMs])).toEqual([
      ['transcript', 'openai', 250],
      ['gathered', 'relay', 7],
      ['first word', 'agent', 360],
      ['first sentence', 'agent', 40],
      ['voice', 'openai', 250],
      ['line', 'network', 43],
    ]);
    expect(turn?.parts.reduce((sum, { lengthMs }) => sum + lengthMs, 0)).toBe(turn?.waitMs);
    expect(turn?.waitMs).toBe(950);
  });

  it('give the time of one that was not seen to the next', () => {
    const [turn] = turnsOf(TURN.filter(({ type }) => type !== 'agent-began-replying'));
    expect(turn?.parts.find(({ name }) => name === 'first sentence')?.lengthMs).toBe(400);
    expect(turn?.waitMs).toBe(950);
  });

  it('sum also where the words came before the caller was heard to stop', () => {
    const early = at(
      [1_000, { type: 'caller-said', utteranceId: 'u1', transcript: 'Hello.' }],
      [1_100, { type: 'caller-stopped-speaking' }],
    );
    const [turn] = turnsOf([...early, ...TURN.slice(2)]);
    expect(turn?.parts.reduce((sum, { lengthMs }) => sum + lengthMs, 0)).toBe(turn?.waitMs);
    expect(turn?.waitMs).toBe(850);
  });

  it('have no end while nothing was heard', () => {
    const [turn] = turnsOf(TURN.slice(0, 5));
    expect(turn).toMatchObject({ waitMs: null, outcome: null, said: '' });
  });
});

it('keeps what the agent was told, word for word', () => {
  const told = { text: 'And now?', notes: ['[The caller pressed 1.]'], heardOfLast: 'From 9' };
  const [turn] = turnsOf([
    ...TURN.slice(0, 3),
    ...at([1_258, { type: 'agent-told', turnId: 1, ...told }]),
    // A second request of the same turn.
    ...at([1_400, { type: 'agent-told', turnId: 1, text: '', notes: [], heardOfLast: null }]),
  ]);
  expect(turn?.told).toEqual(told);
});

it('marks what happened while the caller waited, and nothing after', () => {
  const filler: CallEventBody = { type: 'line-spoken', line: 'filler', text: 'One moment.' };
  const events = [...TURN.slice(0, 4), ...at([1_500, filler]), ...TURN.slice(4), ...at([2_500, filler])];
  expect(turnsOf(events)[0]?.marks.map((mark) => mark.at)).toEqual([1_500]);
});

it('ends the turns of a lost process, and counts those of the next one apart', () => {
  const turns = turnsOf([
    ...TURN.slice(0, 5),
    ...at(
      [2_000, { type: 'call-taken-up', wasLost: true }],
      [2_100, { type: 'turn-started', turnId: 1, text: '' }],
    ),
  ]);
  expect(turns.map(({ key, outcome }) => [key, outcome])).toEqual([
    ['1.1', null],
    ['2.1', null],
  ]);
});
