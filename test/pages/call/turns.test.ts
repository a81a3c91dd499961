import { expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';
import { turnsOf } from '../../../src/pages/browser/call/turns.ts';

/** Events at these instants, in ms. */
const at = (...timed: readonly (readonly [number, CallEventBody])[]): CallEvent[] =>
  timed.map(([ms, body]) => ({ callId: 'ca-1', at: ms, ...body }));

const TURN = at(
  [1_000, { type: 'caller-stopped-speaking' }],
  [1_250, { type: 'caller-said', utteranceId: 'u1', transcript: 'When are you open?', silentMs: 500 }],
  [1_450, { type: 'turn-started', turnId: 1, text: 'When are you open?' }],
  [1_450, { type: 'agent-told', turnId: 1, text: 'When are you open?', notes: [], heardOfLast: null }],
  [1_617, { type: 'agent-began-replying', turnId: 1 }],
  [1_617, { type: 'segment-asked', turnId: 1, text: 'From 9 to 6.' }],
  [1_907, { type: 'reply-began', turnId: 1 }],
  [1_950, { type: 'reply-heard', turnId: 1 }],
);

it('divides a wait into parts that lie end to end and sum to it', () => {
  const [turn] = turnsOf(TURN);
  expect(turn?.parts).toEqual([
    { name: 'closing', fromMs: 0, lengthMs: 250 },
    { name: 'transcript', fromMs: 250, lengthMs: 250 },
    { name: 'sure', fromMs: 500, lengthMs: 200 },
    { name: 'agent', fromMs: 700, lengthMs: 167 },
    { name: 'voice', fromMs: 867, lengthMs: 290 },
    { name: 'line', fromMs: 1_157, lengthMs: 43 },
  ]);
  expect(turn?.wait?.waitMs).toBe(1_200);
});

it('has no wait for a turn of which nothing was heard', () => {
  expect(turnsOf(TURN.slice(0, 5))[0]).toMatchObject({ wait: null, parts: [], outcome: null });
});

it('keeps what the agent was told, word for word', () => {
  const told = { text: 'And now?', notes: ['[The caller pressed 1.]'], heardOfLast: 'From 9' };
  const [turn] = turnsOf([
    ...TURN.slice(0, 3),
    ...at([1_451, { type: 'agent-told', turnId: 1, ...told }]),
    // A second request of the same turn.
    ...at([1_500, { type: 'agent-told', turnId: 1, text: '', notes: [], heardOfLast: null }]),
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
