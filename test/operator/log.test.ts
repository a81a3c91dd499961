import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { CallEvent } from '../../src/call/call.ts';
import { logCallEvents } from '../../src/operator/log.ts';

const EVENTS: CallEvent[] = [
  { callId: 'CA1', at: 1, type: 'call-started', from: '+15550001', to: '+15550002' },
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
];

function linesOf(withTranscripts: boolean): string {
  let lines = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => (lines += line) });
  for (const event of EVENTS) logCallEvents(log, withTranscripts)(event);
  return lines;
}

it('what people said, pressed and their numbers stay out of the log', () => {
  const lines = linesOf(false);
  for (const personal of ['card', 'secret', '4242', '+1555']) expect(lines).not.toContain(personal);
  expect(lines.match(/"callId":"CA1"/g)).toHaveLength(EVENTS.length);
});

it('LOG_TRANSCRIPTS=1 lets them in', () => {
  const lines = linesOf(true);
  for (const personal of ['card', 'secret', '4242', '+1555']) expect(lines).toContain(personal);
});
