// A call as it might be, as the events from which every ledger is counted. Pure.
import { inboundIdOf, newOutboundId } from '../../call/call-id.ts';
import type { CallEvent, CallEventBody } from '../../call/call.ts';

export interface ExampleCall {
  readonly direction: 'inbound' | 'outbound';
  /** The relay's number of an inbound call, the callee's of an outbound one. */
  readonly number: string;
  readonly minutes: number;
  /** How long each speaks. */
  readonly callerS: number;
  readonly agentS: number;
  /** How many the agent says. */
  readonly sentences: number;
  readonly voice: string;
  readonly ears: string;
}

/** Each sentence brings the instruction to read it word for word, and the text itself. */
const TEXT_TOKENS_A_SENTENCE = 125;
const TEXT_TOKENS_OUT_A_SENTENCE = 20;
/** One for each 50 ms of the voice. */
const VOICE_TOKENS_A_SECOND = 20;

export function eventsOf(call: ExampleCall): CallEvent[] {
  const callId = call.direction === 'outbound' ? newOutboundId() : inboundIdOf('example');
  const endMs = call.minutes * 60_000;
  const told: (readonly [number, CallEventBody])[] = [
    [0, { type: 'call-started', from: '', to: call.number, sid: 'example' }],
    [0, { type: 'line-connected', streamId: 'example' }],
    [
      endMs,
      {
        type: 'usage-counted',
        owner: 'ears',
        model: call.ears,
        usage: { unit: 'seconds', seconds: call.callerS },
      },
    ],
    [
      endMs,
      {
        type: 'usage-counted',
        owner: 'voice',
        model: call.voice,
        usage: {
          unit: 'tokens',
          textIn: call.sentences * TEXT_TOKENS_A_SENTENCE,
          cachedTextIn: 0,
          audioIn: 0,
          cachedAudioIn: 0,
          textOut: call.sentences * TEXT_TOKENS_OUT_A_SENTENCE,
          audioOut: call.agentS * VOICE_TOKENS_A_SECOND,
        },
      },
    ],
    [endMs, { type: 'call-ended', reason: 'caller-hung-up', durationMs: endMs }],
  ];
  return told.map(([at, body]) => ({ callId, at, ...body }));
}
