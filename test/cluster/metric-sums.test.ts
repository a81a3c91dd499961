import { describe, expect, it } from 'vitest';
import type { PlainMetric } from '../../src/cluster/messages.ts';
import { MetricSums } from '../../src/cluster/metric-sums.ts';
import { joinedMetrics } from '../../src/operator/telemetry/metrics.ts';

function metric(name: string, type: string, values: Readonly<Record<string, number>>): PlainMetric {
  return {
    name,
    help: name,
    type,
    aggregator: 'sum',
    values: Object.entries(values).map(([reason, value]) => ({ value, labels: { reason } })),
  };
}

describe('[R13] the metrics of several processes', () => {
  it('keep the counts of a process that is gone, but not what it had', async () => {
    const sums = new MetricSums();
    sums.take(1, [metric('ended', 'counter', { silence: 2, bug: 1 }), metric('live', 'gauge', { any: 5 })]);
    sums.take(2, [metric('ended', 'counter', { silence: 3 }), metric('live', 'gauge', { any: 7 })]);
    sums.forget(1);
    sums.take(3, [metric('ended', 'counter', { bug: 10 })]);
    sums.forget(3);
    sums.forget(4);
    const text = await joinedMetrics(sums.all);
    expect(text).toContain('ended{reason="silence"} 5');
    expect(text).toContain('ended{reason="bug"} 11');
    expect(text).toContain('live{reason="any"} 7');
  });

  it('count what a process told last, once', async () => {
    const sums = new MetricSums();
    sums.take(1, [metric('ended', 'counter', { silence: 2 })]);
    sums.take(1, [metric('ended', 'counter', { silence: 3 })]);
    expect(await joinedMetrics(sums.all)).toContain('ended{reason="silence"} 3');
  });
});
