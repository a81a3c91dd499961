import { expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';
import type { CallSummary } from '../../../src/pages/browser/api-types.ts';
import { afterEvent, liveFrom, withLines } from '../../../src/pages/browser/calls/live-calls.ts';

const CALL: CallSummary = {
  id: 'ca-1',
  direction: 'inbound',
  via: 'phone',
  stage: 'in-progress',
  from: '+15551234567',
  to: '+15550002222',
  profile: 'default',
  startedAt: '2026-11-30T12:00:00Z',
  endedAt: null,
  endReason: null,
  durationS: null,
  answeredBy: null,
  isSettled: false,
  metadata: {},
  summary: null,
  attention: [],
};
const event = (body: CallEventBody, callId = 'ca-1'): CallEvent => ({ callId, at: 0, ...body });
const after = (...bodies: CallEventBody[]) =>
  bodies.reduce((calls, body) => afterEvent(calls, event(body)), liveFrom([CALL], new Map())).get('ca-1');

it('shows who speaks and what was said last', () => {
  const said = { type: 'caller-said', utteranceId: 'u', transcript: 'When are you open?' } as const;
  expect(after({ type: 'caller-began-speaking' })?.doing).toBe('caller speaking');
  expect(after(said)?.words).toEqual({ who: 'caller', text: 'When are you open?' });
  const speaking = after(
    said,
    { type: 'turn-started', turnId: 1, text: 'When are you open?' },
    { type: 'segment-asked', turnId: 1, text: 'From 9 to 6.' },
    { type: 'reply-began', turnId: 1 },
  );
  expect(speaking).toMatchObject({
    doing: 'agent speaking',
    words: { who: 'agent', text: 'From 9 to 6.' },
  });
});

it('loses a call that has ended, but not one that was handed over', () => {
  const live = liveFrom([CALL], new Map());
  const end = (reason: 'handed-over' | 'caller-hung-up'): CallEvent =>
    event({ type: 'call-ended', reason, durationMs: 1 });
  expect(afterEvent(live, end('handed-over')).size).toBe(1);
  expect(afterEvent(live, end('caller-hung-up')).size).toBe(0);
});

it('leaves a call to the list that it does not know, and keeps what it knows when the list comes', () => {
  const live = afterEvent(liveFrom([CALL], new Map()), event({ type: 'line-lost' }));
  expect(afterEvent(live, event({ type: 'line-lost' }, 'ca-2'))).toBe(live);
  expect(liveFrom([CALL], live).get('ca-1')?.doing).toBe('line away');
});

it('takes the last words of a transcript only where no newer ones came', () => {
  const live = liveFrom([CALL], new Map());
  const lines = [
    { who: 'caller', by: 'voice', said: 'Hello.', at: '2026-11-30T12:00:01Z' },
    { who: 'relay', line: 'filler', said: 'One moment.', at: '2026-11-30T12:00:02Z' },
  ] as const;
  const known = withLines(live, 'ca-1', lines);
  expect(known.get('ca-1')?.words).toEqual({ who: 'caller', text: 'Hello.' });
  expect(withLines(known, 'ca-1', [{ ...lines[0], said: 'Older.' }])).toBe(known);
});
