import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../src/call/call.ts';
import { browserIdOf, inboundIdOf, newOutboundId } from '../../src/call/call-id.ts';
import { byOwner, costOf } from '../../src/call/ledger.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import type { TokenUsage } from '../../src/call/usage.ts';

const MINI = 'gpt-realtime-2.1-mini';
const NOTHING = {
  unit: 'tokens',
  textIn: 0,
  cachedTextIn: 0,
  audioIn: 0,
  cachedAudioIn: 0,
  textOut: 0,
  audioOut: 0,
} as const;

/** [seconds since the beginning, event] */
type Told = readonly (readonly [number, CallEventBody])[];

function costAfter(told: Told, { callId = inboundIdOf('CA1'), nowS = 0, prices = LIST_PRICES } = {}) {
  const events = told.map(([second, body]) => ({ callId, at: second * 1000, ...body }));
  return costOf(events, nowS * 1000, prices);
}

function tokens(
  owner: 'voice' | 'ears' | 'agent',
  model: string | null,
  usage: Partial<TokenUsage>,
): CallEventBody {
  return { type: 'usage-counted', owner, model, usage: { ...NOTHING, ...usage } };
}

function asked(turnId: number): CallEventBody {
  return { type: 'agent-told', turnId, text: 'Hello.', notes: [], heardOfLast: null };
}

const STARTED: CallEventBody = { type: 'call-started', from: '+15550001', to: '+15550002', sid: 'CA1' };
const CONNECTED: CallEventBody = { type: 'line-connected', streamId: 'MZ1' };
const ENDED: CallEventBody = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 0 };

describe('what a call costs', () => {
  it('is the sum of its lines: five minutes with the small voice are as counted by hand', () => {
    const cost = costAfter([
      [0, STARTED],
      [0, CONNECTED],
      [1, asked(1)],
      [
        2,
        {
          type: 'usage-counted',
          owner: 'ears',
          model: 'gpt-transcribe',
          usage: { unit: 'seconds', seconds: 150 },
        },
      ],
      [3, tokens('agent', 'gpt-6.1-sol', { textIn: 10_000, cachedTextIn: 4_000, textOut: 1_000 })],
      [4, tokens('voice', MINI, { textIn: 3_750, textOut: 600, audioOut: 2_400 })],
      [300, ENDED],
    ]);
    expect(cost.lines.map(({ owner, what, quantity, usd }) => [owner, what, quantity, usd])).toEqual([
      ['ears', 'gpt-transcribe: sound heard', 2.5, 0.01125],
      ['agent', 'gpt-6.1-sol: text in', 6_000, 0.012],
      ['agent', 'gpt-6.1-sol: text in, cached', 4_000, 0.0004],
      ['agent', 'gpt-6.1-sol: text out', 1_000, 0.01],
      ['voice', `${MINI}: text in`, 3_750, 0.00225],
      ['voice', `${MINI}: text out`, 600, 0.00144],
      ['voice', `${MINI}: sound out`, 2_400, 0.048],
      ['carrier', 'minutes of the inbound leg', 5, 0.0425],
      ['carrier', 'minutes of the media stream', 5, 0.022],
    ]);
    expect(cost).toMatchObject({ usd: 0.14984, isPartial: false, isEstimate: true, pricesOf: '2026-09-30' });
  });

  it('counts each minute that began, of each leg, also while the call goes on', () => {
    const during = (nowS: number) =>
      costAfter([[0, STARTED]], { nowS }).lines.map(({ quantity }) => quantity);
    expect([during(1), during(60), during(61)]).toEqual([[1], [1], [2]]);
  });

  it('counts streams together that follow each other', () => {
    const { lines } = costAfter([
      [0, STARTED],
      [0, CONNECTED],
      [20, { type: 'line-lost' }],
      [25, CONNECTED],
      [60, ENDED],
    ]);
    expect(lines.find(({ what }) => what.includes('stream'))?.quantity).toBe(1);
  });

  it('of an outbound call begins with the answer, and has the detection of machines', () => {
    const callId = newOutboundId();
    const queued: CallEventBody = {
      type: 'call-queued',
      from: '+15550001',
      to: '+15550002',
      profile: 'default',
    };
    expect(
      costAfter(
        [
          [0, queued],
          [30, { ...ENDED, reason: 'no-answer' } as CallEventBody],
        ],
        { callId },
      ).lines,
    ).toEqual([]);
    const { lines } = costAfter(
      [
        [0, queued],
        [30, { type: 'call-answered' }],
        [31, STARTED],
        [91, ENDED],
      ],
      { callId },
    );
    expect(lines.map(({ what, quantity, usd }) => [what, quantity, usd])).toEqual([
      ['minutes of the outbound leg', 2, 0.028],
      ['answering-machine detection', 1, 0.0075],
    ]);
  });

  it('has a toll-free price, and none for a number that the table does not cover', () => {
    const leg = (to: string) => costAfter([[0, { ...STARTED, to }]], { nowS: 1 });
    expect(leg('+18005550000').lines[0]?.usd).toBe(0.022);
    expect(leg('+4930123456')).toMatchObject({ usd: 0, isPartial: true, lines: [{ usd: null }] });
  });

  it('of a call from a browser has no carrier in it', () => {
    const cost = costAfter(
      [
        [0, STARTED],
        [0, CONNECTED],
        [9, ENDED],
      ],
      { callId: browserIdOf('s') },
    );
    expect(cost).toMatchObject({ usd: 0, isPartial: false, isEstimate: false, lines: [] });
  });

  it('takes the price that the carrier told for its legs, and keeps the stream, which is not in it', () => {
    const { lines, isEstimate } = costAfter([
      [0, STARTED],
      [0, CONNECTED],
      [9, ENDED],
      [3_600, { type: 'carrier-priced', usd: 0.03 }],
    ]);
    expect(lines.map(({ usd }) => usd)).toEqual([0.03, 0.0044]);
    expect(isEstimate).toBe(false);
  });

  it('names what nobody told, instead of 0', () => {
    const cost = costAfter([
      [0, asked(0)],
      [1, asked(1)],
      [2, asked(2)],
      [3, tokens('agent', 'gpt-6.1-sol', { textIn: 100 })],
    ]);
    expect(cost.lines.at(-1)).toEqual({
      owner: 'agent',
      what: 'replies of the agent whose use was not told: 1 of 2',
      quantity: null,
      unit: 'tokens',
      usd: null,
    });
    expect(cost.isPartial).toBe(true);
    const none = costAfter([[1, asked(1)]]);
    expect(byOwner(none)).toEqual(new Map([['agent', null]]));
  });

  it('knows a model by the beginning of its name, the longest that fits', () => {
    const usdOf = (model: string) => costAfter([[0, tokens('voice', model, { audioOut: 1_000_000 })]]).usd;
    expect(usdOf('gpt-realtime-2.1-2026-06-01')).toBe(64);
    expect(usdOf('gpt-realtime-2.1-mini-2026-06-01')).toBe(20);
    expect(costAfter([[0, tokens('agent', 'llama-3', { textIn: 5 })]])).toMatchObject({
      usd: 0,
      isPartial: true,
    });
  });

  it('counts sound that was told in tokens by the minute where the model is priced so', () => {
    const { lines } = costAfter([[0, tokens('ears', 'gpt-transcribe', { audioIn: 600, textOut: 40 })]]);
    expect(lines).toMatchObject([{ quantity: 1, unit: 'minutes', usd: 0.0045 }]);
  });
});
