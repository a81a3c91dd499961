// Calls as they stand in a database of a relay that has worked for a while.
import type { CallEventBody, EndReason } from '../../src/call/call.ts';
import { inboundIdOf, newOutboundId } from '../../src/call/call-id.ts';
import type { Usage } from '../../src/call/usage.ts';
import type { Had } from './write-calls.ts';

const WORDS = ['When are you open?', 'How much is that?', 'Tell me about your shop.'];
const SAID = 'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed.';
const ENDS: readonly EndReason[] = [
  'caller-hung-up',
  'agent-ended',
  'transferred',
  'speech-lost',
  'silence',
  'no-answer',
];

const HEARD: Usage = { unit: 'seconds', seconds: 2 };
const SPOKEN: Usage = {
  unit: 'tokens',
  textIn: 220,
  cachedTextIn: 0,
  audioIn: 0,
  cachedAudioIn: 0,
  textOut: 25,
  audioOut: 110,
};

/** The `number`th of them, a minute after the one before. */
export function anInboundCall(number: number, since: number, everyMs = 60_000): Had {
  const startedAt = since + number * everyMs;
  const from = `+1555${String(1_000_000 + (number % 1000)).padStart(7, '0')}`;
  const turns = number % 3;
  const events: [number, CallEventBody][] = [
    [0, { type: 'call-started', from, to: '+15550002222', sid: `CA${number}` }],
    [20, { type: 'line-connected', streamId: `MZ${number}` }],
    [900, { type: 'line-spoken', line: 'greeting', text: 'Hello, how can I help you?' }],
  ];
  for (let turnId = 1; turnId <= turns; turnId++) {
    const at = turnId * 10_000;
    const asked = WORDS[(number + turnId) % WORDS.length] ?? '';
    const isCut = number % 5 === 0;
    // Some agents think longer than others.
    const thoughtMs = ((number * 37) % 11) * 120;
    events.push(
      [at - 800, { type: 'caller-began-speaking' }],
      [at, { type: 'caller-stopped-speaking' }],
      [at + 200, { type: 'caller-said', utteranceId: `u${turnId}`, transcript: asked, silentMs: 450 }],
      [at + 460, { type: 'turn-started', turnId, text: asked }],
      [at + 460, { type: 'agent-told', turnId, text: asked, notes: [], heardOfLast: null }],
      [at + 470, { type: 'usage-counted', owner: 'ears', model: 'gpt-transcribe', usage: HEARD }],
      [at + thoughtMs + 900, { type: 'agent-began-replying', turnId }],
      [at + thoughtMs + 1_000, { type: 'segment-asked', turnId, text: SAID }],
      [
        at + thoughtMs + 1_290,
        { type: 'usage-counted', owner: 'voice', model: 'gpt-realtime-2.1', usage: SPOKEN },
      ],
      [at + thoughtMs + 1_300, { type: 'reply-began', turnId }],
      [at + thoughtMs + 1_400, { type: 'reply-heard', turnId }],
      [
        at + thoughtMs + 5_000,
        {
          type: 'turn-finished',
          turnId,
          outcome: isCut ? 'interrupted' : 'done',
          said: SAID,
          heard: isCut ? 'We are open from 9' : SAID,
          failure: null,
        },
      ],
    );
  }
  const durationMs = turns * 10_000 + 6_000;
  const reason = ENDS[((number * 7) % 23) % 12] ?? 'caller-hung-up';
  events.push([durationMs, { type: 'call-ended', reason, durationMs }]);
  return { id: inboundIdOf(`CA${number}`), startedAt, events };
}

/** A reminder with its result: one value that was said, one that was not. */
export function anOutboundCall(startedAt: number): Had {
  const to = '+15551230001';
  return {
    id: newOutboundId(),
    startedAt,
    events: [
      [0, { type: 'call-queued', from: '+15550002222', to, profile: 'default' }],
      [50, { type: 'call-dialled' }],
      [800, { type: 'call-rang' }],
      [4_000, { type: 'call-answered' }],
      [4_100, { type: 'call-started', from: '+15550002222', to, sid: 'CA-out' }],
      [5_000, { type: 'machine-detected', answeredBy: 'human' }],
      [6_000, { type: 'caller-began-speaking' }],
      [6_900, { type: 'caller-stopped-speaking' }],
      [7_000, { type: 'caller-said', utteranceId: 'u1', transcript: 'Yes, I will be there.', silentMs: 350 }],
      [7_300, { type: 'turn-started', turnId: 1, text: 'Yes, I will be there.' }],
      [8_000, { type: 'segment-asked', turnId: 1, text: 'Wonderful, see you tomorrow.' }],
      [8_400, { type: 'reply-began', turnId: 1 }],
      [8_500, { type: 'reply-heard', turnId: 1 }],
      [
        10_000,
        {
          type: 'turn-finished',
          turnId: 1,
          outcome: 'done',
          said: 'Wonderful, see you tomorrow.',
          heard: 'Wonderful, see you tomorrow.',
          failure: null,
        },
      ],
      [11_000, { type: 'call-ended', reason: 'agent-ended', durationMs: 11_000 }],
    ],
    assignment: {
      to,
      profile: 'default',
      task: { type: 'appointment_reminder', prompt: 'Remind Ann of her appointment.', context: {} },
      voicemail: null,
      result: { type: 'object' },
      callbackUrl: 'https://shop.example/calls',
      ringTimeoutS: 30,
      maxMinutes: 10,
      metadata: { order: '77' },
    },
    result: {
      is: 'answered',
      value: { isConfirmed: true, wantsParking: false },
      findings: [
        {
          pointer: '/isConfirmed',
          isSupported: true,
          evidence: [{ line: 0, who: 'caller', text: 'Yes, I will be there.' }],
        },
        { pointer: '/wantsParking', isSupported: false, evidence: [] },
      ],
    },
    callback: { id: 'cb-1', url: 'https://shop.example/calls', body: '{}' },
  };
}
