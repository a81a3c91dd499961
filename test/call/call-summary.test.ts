import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../src/call/call.ts';
import type { CallResult } from '../../src/call/call-result.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { type CallSummary, callSummarySchema, CallSummarizer } from '../../src/call/call-summary.ts';
import type { TokenUsage } from '../../src/call/usage.ts';

type Step = readonly [at: number, body: CallEventBody];

function summaryOf(steps: readonly Step[], result: CallResult | null = null): CallSummary {
  const summarizer = new CallSummarizer(LIST_PRICES);
  for (const [at, body] of steps) summarizer.take({ callId: 'CI1', at, ...body });
  return summarizer.summary(result);
}

const finished = (turnId: number, outcome: 'done' | 'interrupted' | 'joined' | 'failed'): CallEventBody => ({
  type: 'turn-finished',
  turnId,
  outcome,
  said: 'We open at nine.',
  heard: 'We open',
  failure: null,
});

/** A turn whose answer the caller heard `ms` after their last word at `at`. */
const answered = (turnId: number, at: number, ms: number): Step[] => [
  [at + 250, { type: 'caller-stopped-speaking' }],
  [at + 500, { type: 'caller-said', utteranceId: 'u', transcript: 'When?', silentMs: 500 }],
  [at + 700, { type: 'turn-started', turnId, text: 'When?' }],
  [at + ms - 10, { type: 'reply-began', turnId }],
  [at + ms, { type: 'reply-heard', turnId }],
  [at + ms + 2_000, finished(turnId, 'done')],
];

const usage = (textIn: number): TokenUsage => ({
  unit: 'tokens',
  textIn,
  cachedTextIn: 1,
  audioIn: 0,
  cachedAudioIn: 0,
  textOut: 2,
  audioOut: 3,
});

describe('[K5] the summary of a call', () => {
  it('counts turns, coughs, fillers, losses, hand-overs and departures', () => {
    const summary = summaryOf([
      [0, { type: 'line-connected', streamId: 'MZ1' }],
      [1, finished(1, 'done')],
      [2, finished(2, 'interrupted')],
      [3, finished(3, 'interrupted')],
      [4, finished(4, 'joined')],
      [5, finished(5, 'failed')],
      [6, { type: 'reply-held' }],
      [7, { type: 'reply-resumed' }],
      [8, { type: 'line-spoken', line: 'filler', text: 'One moment.' }],
      [9, { type: 'speech-away', reason: 'closed' }],
      [10, { type: 'line-lost' }],
      [11, { type: 'call-taken-up', wasLost: false }],
      [12, { type: 'spoken-otherwise', wanted: 'a', spoken: 'b' }],
      [13, { type: 'call-ended', reason: 'caller-hung-up', durationMs: 13 }],
    ]);
    expect(summary).toMatchObject({
      turns: { done: 1, interrupted: 2, joined: 1, failed: 1 },
      coughs: 1,
      fillers: 1,
      reconnects: { speech: 1, line: 1 },
      handOvers: 1,
      departures: 1,
      attention: [],
    });
  });

  it('has each wait, part by part', () => {
    const { waits } = summaryOf([...answered(1, 1_000, 1_500), ...answered(2, 9_000, 2_000)]);
    expect(waits).toEqual([
      [250, 250, 200, 0, 0, 790, 10],
      [250, 250, 200, 0, 0, 1_290, 10],
    ]);
  });

  it('has waits where no words are kept', () => {
    const steps = answered(1, 1_000, 1_500).map(([at, body]): Step => [
      at,
      'text' in body ? { ...body, text: '' } : body,
    ]);
    expect(summaryOf(steps).waits).toHaveLength(1);
  });

  it('sums what each vendor counted, and tells nothing from none', () => {
    const { tokens } = summaryOf([
      [0, { type: 'usage-counted', owner: 'voice', model: 'm', usage: usage(10) }],
      [1, { type: 'usage-counted', owner: 'voice', model: 'm', usage: usage(20) }],
      [2, { type: 'usage-counted', owner: 'ears', model: 'm', usage: { unit: 'seconds', seconds: 1.5 } }],
    ]);
    expect(tokens.voice).toEqual({
      textIn: 30,
      cachedTextIn: 2,
      audioIn: 0,
      cachedAudioIn: 0,
      textOut: 4,
      audioOut: 6,
      seconds: 0,
    });
    expect(tokens.ears).toMatchObject({ seconds: 1.5, textIn: 0 });
    expect(tokens.agent).toBeNull();
  });

  it('says what each owner cost, and null where nothing is known', () => {
    const { cost } = summaryOf([
      [0, { type: 'call-started', from: '', to: '+15550002222', sid: null }],
      [1, { type: 'usage-counted', owner: 'voice', model: 'gpt-realtime-2.1-mini', usage: usage(1_000) }],
      [2, { type: 'agent-told', turnId: 1, text: 'When?', notes: [], heardOfLast: null }],
      [3, { type: 'call-ended', reason: 'caller-hung-up', durationMs: 3 }],
    ]);
    expect(cost?.byOwner).toEqual({
      ears: null,
      voice: expect.closeTo(0.0007, 4),
      agent: null,
      carrier: 0.0085,
    });
  });

  it('is read without the owners, as an older version wrote it', () => {
    const { cost, ...summary } = summaryOf([]);
    const { byOwner: _byOwner, ...older } = cost ?? {};
    expect(callSummarySchema.parse({ ...summary, cost: older }).cost).toEqual({ ...older, byOwner: null });
  });

  it('has the longest silence in which neither side was heard', () => {
    const { longestSilenceMs } = summaryOf([
      // Ringing is no silence.
      [0, { type: 'call-started', from: '', to: '', sid: null }],
      [20_000, { type: 'line-connected', streamId: 'MZ1' }],
      [20_100, { type: 'line-spoken', line: 'greeting', text: 'Hi.' }],
      [21_000, { type: 'greeting-heard' }],
      [24_000, { type: 'caller-began-speaking' }],
      // Eight seconds of speech.
      [32_000, { type: 'caller-stopped-speaking' }],
      [33_000, { type: 'turn-started', turnId: 1, text: 'When?' }],
      [36_500, { type: 'reply-heard', turnId: 1 }],
      [46_000, finished(1, 'done')],
      [48_000, { type: 'call-ended', reason: 'caller-hung-up', durationMs: 48_000 }],
    ]);
    expect(longestSilenceMs).toBe(4_500);
  });

  const UNSUPPORTED: CallResult = {
    is: 'answered',
    value: { price: 5 },
    findings: [{ pointer: '/price', evidence: [], isSupported: false }],
  };
  it.each<[string, Step[], CallResult | null, string[]]>([
    [
      'a call that broke',
      [[1, { type: 'call-ended', reason: 'speech-lost', durationMs: 1 }]],
      null,
      ['fault'],
    ],
    [
      'one of a kind that only another version knows',
      [[1, { type: 'call-ended', reason: 'gremlins' as 'bug', durationMs: 1 }]],
      null,
      ['fault'],
    ],
    ['a wait of more than three seconds', answered(1, 0, 3_001), null, ['slow']],
    ['no shorter one', answered(1, 0, 3_000), null, []],
    ['a value that nobody said', [], UNSUPPORTED, ['result']],
    ['a result that could not be made', [], { is: 'failed', problems: [] }, ['result']],
    ['none of a call that reached nobody', [], { is: 'not-reached', why: 'no-answer' }, []],
  ])('asks for attention to %s', (_, steps, result, attention) => {
    expect(summaryOf(steps, result).attention).toEqual(attention);
  });
});
