// One chart over time, drawn by uPlot. All charts of a page share their cursor. Its colours are those of the scheme, so it is
// drawn anew when that changes.
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { scheme } from '../preferences.ts';

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A name of the style sheet, as `--accent`. */
  readonly colour: string;
  readonly isBar?: boolean;
}

export interface ChartProps {
  readonly title: string;
  /** A value in words, with its unit. */
  readonly worded: (value: number) => string;
  /** Seconds since the epoch. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** Each stands on those after it. All must be bars. */
  readonly isStacked?: boolean;
}

const HEIGHT = 170;

export function Chart({ title, worded, at, lines, isStacked = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chosen = scheme.value;
  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const drawn = isStacked ? stacked(lines) : lines.map(({ values }) => [...values]);
    const chart = new uPlot(optionsOf(target, worded, lines, at), [[...at], ...drawn], target);
    const observer = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: HEIGHT }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [at, lines, chosen]);
  return html`<figure class=${`card chart ${isStacked ? 'stacked' : ''}`}>
    <figcaption>${title}</figcaption>
    <div ref=${box} aria-hidden="true"></div>
  </figure>`;
}

/** The tallest first, so that what is drawn later does not hide behind it. */
function stacked(lines: readonly Line[]): number[][] {
  let below: number[] = [];
  return lines
    .toReversed()
    .map(({ values }) => (below = values.map((value, index) => (value ?? 0) + (below[index] ?? 0))))
    .toReversed();
}

function optionsOf(
  target: HTMLElement,
  worded: (value: number) => string,
  lines: readonly Line[],
  at: readonly number[],
): uPlot.Options {
  // A bar stands on its instant: without room beside it the first and the last would be cut in half.
  const room = lines.some(({ isBar }) => isBar === true) ? ((at[1] ?? 0) - (at[0] ?? 0)) / 2 : 0;
  const style = getComputedStyle(target);
  // A custom property is as it was written, light-dark() and all; a colour that is used is a colour.
  const colour = (name: string): string => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    target.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: target.clientWidth,
    height: HEIGHT,
    cursor: { sync: { key: 'insights' }, y: false },
    legend: { live: true },
    scales: {
      x: { range: (_, least, most) => [least - room, most + room] },
      y: { range: (_, __, most) => [0, (most || 1) * 1.1] },
    },
    axes: [
      { ...axis, font: `12px ${style.fontFamily}` },
      {
        ...axis,
        font: `12px ${style.fontFamily}`,
        size: 44,
        values: (_, splits) => splits.map((value) => (value === 0 ? '0' : worded(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, values, colour: named, isBar = false }): uPlot.Series => ({
        label: name,
        stroke: colour(named),
        ...(isBar ? { fill: colour(named) } : {}),
        width: isBar ? 0 : 2,
        points: { show: !isBar, size: 5 },
        ...(isBar && uPlot.paths.bars !== undefined ? { paths: uPlot.paths.bars({ size: [0.8, 60] }) } : {}),
        value: (_, __, ___, index) => {
          const value = index === null ? null : (values[index] ?? null);
          return value === null ? '–' : worded(value);
        },
      })),
    ],
  };
}
