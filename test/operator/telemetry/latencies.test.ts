import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../src/call/call.ts';
import { Latencies } from '../../../src/operator/telemetry/latencies.ts';

function stage() {
  const measured: string[] = [];
  const latencies = new Latencies({
    onStage: (name, ms) => measured.push(`${name} ${ms}`),
    onSound: (sound, ms) => measured.push(`heard ${sound} ${ms}`),
  });
  return {
    measured,
    latencies,
    /** One call's events, each with the milliseconds since the call began. */
    tell: (...events: readonly (readonly [at: number, body: CallEventBody])[]): void => {
      for (const [at, body] of events) latencies.take({ callId: 'CA1', at, ...body });
    },
  };
}

const connected = { type: 'line-connected', streamId: 'MZ1' } as const;
const stopped = { type: 'caller-stopped-speaking' } as const;
const held = { type: 'reply-held' } as const;
const said = (transcript: string) => ({ type: 'caller-said', utteranceId: 'u1', transcript }) as const;
const turn = (turnId: number, text: string) => ({ type: 'turn-started', turnId, text }) as const;
const firstWord = (turnId: number) => ({ type: 'agent-began-replying', turnId }) as const;
const asked = (turnId: number | null) => ({ type: 'segment-asked', turnId, text: 'Yes.' }) as const;
const began = (turnId: number) => ({ type: 'reply-began', turnId }) as const;
const heard = (turnId: number) => ({ type: 'reply-heard', turnId }) as const;
const filler = { type: 'line-spoken', line: 'filler', text: 'One moment.' } as const;
const finished = (turnId: number) =>
  ({ type: 'turn-finished', turnId, outcome: 'done', said: '', heard: '', failure: null }) as const;

describe('the stages of an answer', () => {
  it('are measured one by one and as a whole', () => {
    const { tell, measured } = stage();
    tell([0, connected], [1000, stopped], [1250, said('Hi.')], [1251, turn(1, 'Hi.')]);
    tell([2000, firstWord(1)], [2100, asked(1)], [2200, asked(1)], [2400, began(1)], [2520, heard(1)]);
    tell([4000, finished(1)]);
    expect(measured).toEqual([
      'transcript 250',
      'agent 750',
      'sentence 100',
      'voice 300',
      'heard answer 1520',
    ]);
  });

  it('tell a filler from the answer', () => {
    const { tell, measured } = stage();
    tell([0, connected], [1000, stopped], [1250, said('Hi.')], [1251, turn(1, 'Hi.')], [3751, filler]);
    tell([3751, asked(null)], [6000, firstWord(1)], [6000, asked(1)], [6300, began(1)], [6500, heard(1)]);
    expect(measured.filter((one) => one.startsWith('heard'))).toEqual([
      'heard filler 2751',
      'heard answer 5500',
    ]);
    expect(measured).toContain('sentence 0');
  });

  it('count from the last of several utterances', () => {
    const { tell, measured } = stage();
    tell([0, connected], [1000, stopped], [1200, said('Hi.')], [2000, stopped], [2300, said('It is Ann.')]);
    tell([2301, turn(1, 'Hi. It is Ann.')], [3300, firstWord(1)]);
    expect(measured).toEqual(['transcript 200', 'transcript 300', 'agent 1000']);
  });

  it.each<[string, readonly (readonly [number, CallEventBody])[]]>([
    ['of a turn that no words began', [[0, turn(1, '')]]],
    [
      'of a turn whose words were those of the turn before',
      [
        [0, stopped],
        [0, said('Hi.')],
        [0, turn(7, 'Hi.')],
        [0, finished(7)],
        [0, turn(1, 'Hi.')],
      ],
    ],
    [
      'of a reply that was held',
      [
        [0, stopped],
        [0, said('Hi.')],
        [0, turn(1, 'Hi.')],
        [0, held],
      ],
    ],
    [
      'of a reply whose line was lost',
      [
        [0, stopped],
        [0, said('Hi.')],
        [0, turn(1, 'Hi.')],
        [0, { type: 'line-lost' }],
      ],
    ],
    [
      'of another turn',
      [
        [0, stopped],
        [0, said('Hi.')],
        [0, turn(2, 'Hi.')],
      ],
    ],
  ])('are not measured %s', (_, events) => {
    const { tell, measured } = stage();
    tell([0, connected], ...events);
    measured.length = 0;
    tell([1, firstWord(1)], [2, asked(1)], [3, began(1)], [4, heard(1)]);
    expect(measured).toEqual([]);
  });

  it('are kept apart for simultaneous calls', () => {
    const { latencies, measured } = stage();
    for (const callId of ['CA1', 'CA2']) latencies.take({ callId, at: 0, ...connected });
    latencies.take({ callId: 'CA1', at: 1000, ...stopped });
    latencies.take({ callId: 'CA2', at: 1100, ...stopped });
    latencies.take({ callId: 'CA1', at: 1300, ...said('Hi.') });
    latencies.take({ callId: 'CA2', at: 1200, ...said('Hi.') });
    expect(measured).toEqual(['transcript 300', 'transcript 100']);
  });

  it('[E4] forget a call that has ended, whatever comes late', () => {
    const { tell, latencies } = stage();
    tell([0, connected], [1000, stopped]);
    expect(latencies.size).toBe(1);
    tell([2000, { type: 'call-ended', reason: 'caller-hung-up', durationMs: 2000 }], [2001, said('Hi.')]);
    expect(latencies.size).toBe(0);
  });
});
