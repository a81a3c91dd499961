import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/call/call.ts';
import { logCallEvents, plainError } from '../../../src/operator/telemetry/log.ts';

const EVENTS: CallEvent[] = [
  { callId: 'CA1', at: 1, type: 'call-started', from: '+15550001', to: '+15550002', sid: null },
  { callId: 'CA1', at: 2, type: 'caller-said', utteranceId: 'u1', transcript: 'my card number' },
  { callId: 'CA1', at: 3, type: 'digits-pressed', digits: '4242' },
  { callId: 'CA1', at: 4, type: 'turn-started', turnId: 1, text: 'my card number' },
  { callId: 'CA1', at: 5, type: 'segment-asked', turnId: 1, text: 'your secret' },
  { callId: 'CA1', at: 6, type: 'spoken-otherwise', wanted: 'your secret', spoken: 'your secret' },
  {
    callId: 'CA1',
    at: 7,
    type: 'turn-finished',
    turnId: 1,
    outcome: 'done',
    said: 'your secret',
    heard: 'your secret',
    failure: null,
  },
  { callId: 'CA1', at: 8, type: 'line-spoken', line: 'greeting', text: 'your secret' },
  {
    callId: 'CA1',
    at: 9,
    type: 'bug-found',
    stack: `SyntaxError: "my card\nnumber" is no JSON\n    at JSON.parse (<anonymous>)`,
  },
];

function linesOf(withTranscripts: boolean): string {
  let lines = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => (lines += line) });
  for (const event of EVENTS) logCallEvents(log, withTranscripts)(event);
  return lines;
}

it('words, digits and phone numbers stay out of the log', () => {
  const lines = linesOf(false);
  for (const personal of ['card', 'secret', '4242', '+1555']) expect(lines).not.toContain(personal);
  expect(lines.match(/"callId":"CA1"/g)).toHaveLength(EVENTS.length);
});

it('LOG_TRANSCRIPTS=1 logs them', () => {
  const lines = linesOf(true);
  for (const personal of ['card', 'secret', '4242', '+1555']) expect(lines).toContain(personal);
});

it('a bug is logged with its stack frames', () => {
  expect(linesOf(false)).toContain(String.raw`"stack":"SyntaxError\n    at JSON.parse (<anonymous>)"`);
});

describe('plainError', () => {
  it('keeps name, code, status and stack frames, and drops the message', () => {
    const error = Object.assign(new TypeError('my card number\nand more'), {
      code: 'ECONNREFUSED',
      status: 503,
      config: { auth: 'sk-secret' },
    });
    expect(plainError(error)).toEqual({
      type: 'TypeError',
      code: 'ECONNREFUSED',
      status: 503,
      stack: expect.stringMatching(/^TypeError\n {4}at .*log\.test\.ts/),
    });
    expect(JSON.stringify(plainError(error))).not.toMatch(/card|more|secret/);
  });

  it('drops a code that is a sentence, and everything of what is not an Error', () => {
    const error = Object.assign(new Error(''), { code: 'my card number', status: { is: 'secret' } });
    expect(Object.keys(plainError(error))).toEqual(['type', 'stack']);
    expect(plainError('my card number')).toEqual({ type: 'not an Error' });
  });
});
