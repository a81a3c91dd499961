import { describe, expect, it } from 'vitest';
import { holdingsOf } from '../../../src/pages/browser/call/holdings.ts';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';

const STARTED = { type: 'call-started', from: '+15550001111', to: '+15550002222', sid: 'CA1' } as const;

function holdings(...events: readonly (readonly [at: number, body: CallEventBody])[]) {
  return holdingsOf(events.map(([at, body]): CallEvent => ({ callId: 'ca-1', at, ...body })));
}

describe('which process had the call', () => {
  it('is one for the whole of most calls', () => {
    const ended = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 9_000 } as const;
    const priced = { type: 'carrier-priced', usd: 0.01 } as const;
    expect(
      holdings([1_000, STARTED], [5_000, { type: 'line-lost' }], [10_000, ended], [99_000, priced]),
    ).toEqual([{ from: 1_000, to: 10_000, left: null }]);
    expect(holdings()).toEqual([]);
  });

  it('a lost one had it until its last word, and one that handed it over until then', () => {
    expect(
      holdings(
        [0, { type: 'call-queued', from: '', to: '', profile: 'default' }],
        [1_000, STARTED],
        [5_000, { type: 'reply-held' }],
        [7_000, { type: 'call-taken-up', wasLost: true }],
        [8_000, { type: 'reply-held' }],
        [8_100, { type: 'call-taken-up', wasLost: false }],
        [8_050, { type: 'call-ended', reason: 'handed-over', durationMs: 7_050 }],
        [9_000, { type: 'reply-held' }],
      ),
    ).toEqual([
      { from: 1_000, to: 5_000, left: 'lost' },
      { from: 7_000, to: 8_000, left: 'handed-over' },
      { from: 8_100, to: 9_000, left: null },
    ]);
  });
});
