// What many measurements come to. A percentile is a value that was measured (nearest rank) and never one in between: of
// few measurements the p99 is therefore the worst.

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Null where nothing was measured. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
