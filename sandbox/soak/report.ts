// What a soak comes to: for each figure its course, its range and where it is heading. Nothing here passes or fails: what
// slope is a leak is for the reader to judge, who knows how long it ran.
import { chartOf } from './chart.ts';
import type { Sample } from './samples.ts';
import { slopePerHour, warmedUp } from './slope.ts';

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  readonly of: (sample: Sample) => number;
}

const MIB = 1024 * 1024;

const FIGURES: readonly Figure[] = [
  { name: 'memory', unit: ' MiB', digits: 1, of: ({ rssBytes }) => rssBytes / MIB },
  { name: 'heap in use, garbage collected', unit: ' MiB', digits: 1, of: ({ heapBytes }) => heapBytes / MIB },
  { name: 'open handles and requests', unit: '', digits: 0, of: ({ resources }) => resources },
  {
    name: 'event-loop delay, p99 of each second',
    unit: ' ms',
    digits: 1,
    of: ({ loopLateP99Ms }) => loopLateP99Ms,
  },
];

const SIZE = { width: 72, height: 4 };

export function reportOf(samples: readonly Sample[]): string {
  if (samples.length === 0) return 'nothing was sampled';
  const judged = warmedUp(samples);
  return FIGURES.map(({ name, unit, digits, of }) => {
    const show = (value: number): string => `${value.toFixed(digits)}${unit}`;
    const values = samples.map(of);
    const [lowest, highest] = [Math.min(...values), Math.max(...values)];
    const slope = slopePerHour(judged.map((sample) => ({ atMs: sample.atMs, value: of(sample) })));
    const heading =
      slope === null ? 'no slope' : `slope ${slope < 0 ? '−' : '+'}${show(Math.abs(slope))} an hour`;
    const lines = chartOf(values, SIZE).map((line) => `  │${line}`);
    return [`${name}: min ${show(lowest)}, max ${show(highest)}, ${heading}`, ...lines].join('\n');
  }).join('\n\n');
}
