// A figure over time as a few lines of text. A column is as high as the highest of its samples: a mean would hide the
// spike that somebody looks for. It stands on the lowest sample and not on zero, so the range is written beside it.

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export interface ChartSize {
  /** Columns at most; fewer where there are fewer values. */
  readonly width: number;
  readonly height: number;
}

/** From top to bottom; none where there are no values. */
export function chartOf(values: readonly number[], { width, height }: ChartSize): string[] {
  const columns = columnsOf(values, width);
  const lowest = Math.min(...columns);
  const range = Math.max(...columns) - lowest;
  const steps = height * (EIGHTHS.length - 1);
  // The lowest is still to be seen.
  const heights = columns.map((value) =>
    range === 0 ? 1 : 1 + Math.round(((value - lowest) / range) * (steps - 1)),
  );
  if (columns.length === 0) return [];
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * (EIGHTHS.length - 1);
    return heights.map((high) => EIGHTHS[Math.min(Math.max(high - below, 0), EIGHTHS.length - 1)]).join('');
  });
}

function columnsOf(values: readonly number[], width: number): number[] {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const until = Math.floor(((column + 1) * values.length) / columns);
    return values.slice(from, until).reduce((highest, value) => Math.max(highest, value), -Infinity);
  });
}
