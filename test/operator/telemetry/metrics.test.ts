import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../src/call/call.ts';
import type { MetricSources, StoreHealth } from '../../../src/operator/telemetry/gauges.ts';
import { createMetrics } from '../../../src/operator/telemetry/metrics.ts';

function stage(sources: MetricSources = {}) {
  const metrics = createMetrics(() => 3, sources);
  return {
    metrics,
    tell: (...events: readonly (CallEventBody | readonly [callId: string, body: CallEventBody])[]): void => {
      for (const event of events) {
        const [callId, body] = 'type' in event ? (['CA1', event] as const) : event;
        metrics.count({ callId, at: 0, ...body });
      }
    },
    /** The samples of one metric, without those that are 0. */
    samples: async (name: string): Promise<string[]> =>
      (await metrics.text())
        .split('\n')
        .filter((line) => line.startsWith(name) && !line.endsWith(' 0'))
        .map((line) => line.slice(name.length).trim()),
  };
}

const started = { type: 'call-started', from: '+1', to: '+2', sid: null } as const;
const connected = { type: 'line-connected', streamId: 'MZ1' } as const;
const lineLost = { type: 'line-lost' } as const;
const ended = { type: 'call-ended', reason: 'silence', durationMs: 1 } as const;
const held = { type: 'reply-held' } as const;
const resumed = { type: 'reply-resumed' } as const;
const turnStarted = { type: 'turn-started', turnId: 1, text: 'my card number' } as const;
const turnFinished = (outcome: 'done' | 'interrupted' | 'joined' | 'failed', failure: string | null = null) =>
  ({ type: 'turn-finished', turnId: 1, outcome, said: 's', heard: 'h', failure }) as const;

describe('the counters', () => {
  it('count calls, turns, failures, transfers, lines, hand-overs, refusals and bugs', async () => {
    const { tell, metrics, samples } = stage();
    tell(started, ended, { type: 'call-taken-up', wasLost: true }, { type: 'call-taken-up', wasLost: false });
    tell(turnFinished('done'), turnFinished('failed', 'rate-limited: 429 slow_down'));
    tell(turnFinished('failed', 'my card number'));
    tell({ type: 'transfer-began', to: '+1' }, { type: 'transfer-failed', why: 'busy' });
    tell({ type: 'line-spoken', line: 'apology', text: 'Sorry.' });
    tell({ type: 'spoken-otherwise', wanted: 'a', spoken: 'b' }, { type: 'bug-found', stack: 'at' });
    tell({ type: 'input-refused', kind: 'stream-codec', detail: '' });
    metrics.countRefused('webhook-unsigned');
    expect(await samples('patchcord_calls_started_total')).toEqual(['1']);
    expect(await samples('patchcord_calls_ended_total')).toEqual(['{reason="silence"} 1']);
    expect(await samples('patchcord_calls_taken_up_total')).toEqual([
      '{how="lost"} 1',
      '{how="handed-over"} 1',
    ]);
    expect(await samples('patchcord_turns_total')).toEqual(['{outcome="done"} 1', '{outcome="failed"} 2']);
    expect(await samples('patchcord_agent_failures_total')).toEqual([
      '{failure="rate-limited"} 1',
      '{failure="other"} 1',
    ]);
    expect(await samples('patchcord_transfers_total')).toEqual(['{outcome="began"} 1', '{outcome="busy"} 1']);
    expect(await samples('patchcord_fixed_lines_total')).toEqual(['{line="apology"} 1']);
    expect(await samples('patchcord_segments_spoken_otherwise_total')).toEqual(['1']);
    expect(await samples('patchcord_bugs_total')).toEqual(['1']);
    expect(await samples('patchcord_input_refused_total')).toEqual([
      '{kind="stream-codec"} 1',
      '{kind="webhook-unsigned"} 1',
    ]);
  });

  it('count live calls by state', async () => {
    const { tell, samples } = stage();
    const inState = (): Promise<string[]> => samples('patchcord_calls_in_state');
    tell(
      { type: 'call-taken-up', wasLost: true },
      ['CA2', started],
      ['CA3', started],
      ['CA4', started],
      ['CA5', started],
    );
    tell(['CA2', connected], ['CA3', connected], ['CA4', connected], ['CA5', connected]);
    tell(['CA3', lineLost], ['CA4', { type: 'transfer-began', to: '+1' }]);
    tell(['CA5', { type: 'digits-sent', digits: '1' }]);
    expect(await inState()).toEqual([
      '{state="connecting"} 1',
      '{state="talking"} 1',
      '{state="line-lost"} 1',
      '{state="away"} 2',
    ]);
    tell(['CA3', connected], ['CA4', connected]);
    expect(await inState()).toEqual(['{state="connecting"} 1', '{state="talking"} 3', '{state="away"} 1']);
    tell(ended, ['CA2', ended], ['CA3', ended], ['CA4', ended], ['CA5', ended]);
    tell(['CA2', lineLost], ['CA3', { type: 'digits-sent', digits: '1' }]);
    expect(await inState()).toEqual([]);
    expect(await samples('patchcord_calls_live')).toEqual(['3']);
  });

  it('[E2] count lost and restored connections', async () => {
    const { tell, samples } = stage();
    tell(started, connected, lineLost, connected, { type: 'speech-lost', reason: 'closed' });
    tell(['CA2', started], ['CA2', connected], ['CA2', connected]);
    expect(await samples('patchcord_lost_total')).toEqual(['{what="line"} 1', '{what="speech"} 1']);
    expect(await samples('patchcord_reconnects_total')).toEqual(['{what="line"} 1']);
    tell({ type: 'speech-ready' }, { type: 'speech-away', reason: 'cut' }, { type: 'speech-ready' });
    expect(await samples('patchcord_reconnects_total')).toEqual(['{what="line"} 1', '{what="speech"} 1']);
  });

  it('[B2] [B3] count interruptions and false alarms', async () => {
    const { tell, samples } = stage();
    const bargeIns = (): Promise<string[]> => samples('patchcord_barge_ins_total');
    tell(held, resumed);
    expect(await bargeIns()).toEqual(['{was="false-alarm"} 1']);
    // Of a reply, before a word of it, and of a greeting.
    tell(held, turnFinished('interrupted'), turnStarted);
    tell(held, turnFinished('joined'), turnStarted);
    tell(held, turnStarted);
    expect(await bargeIns()).toEqual(['{was="false-alarm"} 1', '{was="interruption"} 3']);
    // Nothing was held; or nobody knows what it would have become.
    tell(turnStarted, turnFinished('interrupted'), resumed, held, turnFinished('failed'), ended);
    tell(['CA2', held], ['CA2', ended], started, turnStarted, ['CA2', turnStarted]);
    expect(await bargeIns()).toEqual(['{was="false-alarm"} 1', '{was="interruption"} 3']);
  });

  it('measure answers in seconds', async () => {
    const { metrics, samples } = stage();
    const base = { callId: 'CA1' };
    metrics.count({ ...base, at: 0, ...connected });
    metrics.count({ ...base, at: 1000, type: 'caller-stopped-speaking' });
    metrics.count({ ...base, at: 1250, type: 'caller-said', utteranceId: 'u1', transcript: 'Hi.' });
    metrics.count({ ...base, at: 1250, ...turnStarted });
    metrics.count({ ...base, at: 3500, type: 'reply-heard', turnId: 1 });
    expect(await samples('patchcord_stage_seconds_sum')).toEqual(['{stage="transcript"} 0.25']);
    expect(await samples('patchcord_voice_to_voice_seconds_sum')).toEqual(['{sound="answer"} 2.5']);
    expect(await samples('patchcord_voice_to_voice_seconds_bucket{le="2"')).toEqual([]);
    expect(await samples('patchcord_voice_to_voice_seconds_bucket{le="3"')).toEqual([',sound="answer"} 1']);
  });

  it('take no label from outside', async () => {
    const { tell, metrics } = stage();
    tell(started, connected, { type: 'caller-said', utteranceId: 'u1', transcript: 'my card number' });
    tell(turnStarted, turnFinished('failed', 'my card number'), ended);
    expect(await metrics.text()).not.toMatch(/card|CA1|MZ1/);
  });
});

describe('the gauges', () => {
  it('read the store, the event loop and the queues', async () => {
    const store: { -readonly [K in keyof StoreHealth]: StoreHealth[K] } = {
      state: 'down',
      queued: 7,
      dropped: 2,
    };
    const { samples } = stage({
      store,
      eventLoop: { p50Ms: 1, p99Ms: 250 },
      mostUnsentBytes: () => 4096,
      unstartedStreams: () => 5,
      undelivered: () => 6,
    });
    expect(await samples('patchcord_store_state')).toEqual(['{state="down"} 1']);
    expect(await samples('patchcord_store_events_queued')).toEqual(['7']);
    expect(await samples('patchcord_store_events_dropped_total')).toEqual(['2']);
    expect(await samples('patchcord_event_loop_delay_seconds')).toEqual([
      '{quantile="0.5"} 0.001',
      '{quantile="0.99"} 0.25',
    ]);
    expect(await samples('patchcord_stream_unsent_bytes_max')).toEqual(['4096']);
    expect(await samples('patchcord_streams_unstarted')).toEqual(['5']);
    expect(await samples('patchcord_events_undelivered')).toEqual(['6']);
    store.state = 'ok';
    store.dropped = 3;
    expect(await samples('patchcord_store_state')).toEqual(['{state="ok"} 1']);
    expect(await samples('patchcord_store_events_dropped_total')).toEqual(['3']);
  });

  it('read the process once, however many relays it runs', async () => {
    const [one, other] = [stage(), stage()];
    await other.metrics.text();
    const text = await one.metrics.text();
    expect(text.match(/^process_resident_memory_bytes /gm)).toHaveLength(1);
    expect(text).toMatch(/^nodejs_heap_size_used_bytes \d+$/m);
    expect(text).not.toContain('patchcord_store');
  });
});
