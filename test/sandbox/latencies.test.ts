import { describe, expect, it } from 'vitest';
import { asMeasured, IDEAL, MEASURED, msOf } from '../../sandbox/latencies.ts';

const PARTS = ['transcription', 'agent', 'voice'] as const;

describe('how long the far ends take', () => {
  it('is 250 ms for each part, ideally', () => {
    expect(PARTS.map((part) => msOf(IDEAL[part]))).toEqual([250, 250, 250]);
  });

  it.for(PARTS)('spreads for the %s as it was measured, around its median', (part) => {
    const latencies = asMeasured(7);
    const drawn = Array.from({ length: 2_001 }, () => msOf(latencies[part])).toSorted((a, b) => a - b);
    const { leastMs, typicalMs, mostMs } = MEASURED[part];
    expect(drawn.at(0)).toBeGreaterThanOrEqual(leastMs);
    expect(drawn.at(-1)).toBeLessThanOrEqual(mostMs);
    expect(Math.abs((drawn[1_000] ?? 0) - typicalMs)).toBeLessThan(30);
    expect(new Set(drawn).size).toBeGreaterThan(50);
  });

  it('comes again from the same seed', () => {
    const [one, other] = [asMeasured(3), asMeasured(3)];
    const draw = (latencies: typeof one) => PARTS.map((part) => msOf(latencies[part]));
    expect([draw(one), draw(one)]).toEqual([draw(other), draw(other)]);
  });
});
