// Where a figure is heading: the straight line that fits its samples best. A figure that swings around a level has a slope
// near zero however wide it swings; one that leaks has not.

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

const HOUR_MS = 3_600_000;

/** By least squares, in units an hour; null where the samples are of one instant, or none. */
export function slopePerHour(points: readonly Point[]): number | null {
  const meanAt = mean(points.map(({ atMs }) => atMs));
  const meanValue = mean(points.map(({ value }) => value));
  let spread = 0;
  let shared = 0;
  for (const { atMs, value } of points) {
    spread += (atMs - meanAt) ** 2;
    shared += (atMs - meanAt) * (value - meanValue);
  }
  return spread === 0 ? null : (shared / spread) * HOUR_MS;
}

/** Without the first third of the time: what a process takes once is no leak. */
export function warmedUp<Timed extends { readonly atMs: number }>(samples: readonly Timed[]): Timed[] {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const from = first.atMs + (last.atMs - first.atMs) / 3;
  return samples.filter(({ atMs }) => atMs >= from);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
