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
  readonly unit: string;
  /** Seconds since the epoch. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

const HEIGHT = 170;

export function Chart({ title, unit, at, lines }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chosen = scheme.value;
  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const data: uPlot.AlignedData = [[...at], ...lines.map(({ values }) => [...values])];
    const chart = new uPlot(optionsOf(target, unit, lines, at), data, target);
    const observer = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: HEIGHT }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [at, lines, chosen]);
  return html`<figure class="card chart">
    <figcaption>${title}</figcaption>
    <div ref=${box} aria-hidden="true"></div>
  </figure>`;
}

function optionsOf(
  target: HTMLElement,
  unit: string,
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
      y: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.1] },
    },
    axes: [
      { ...axis, font: `12px ${style.fontFamily}` },
      { ...axis, font: `12px ${style.fontFamily}`, size: 44 },
    ],
    series: [
      {},
      ...lines.map(({ name, colour: named, isBar = false }): uPlot.Series => ({
        label: name,
        stroke: colour(named),
        ...(isBar ? { fill: colour(named) } : {}),
        width: isBar ? 0 : 2,
        points: { show: !isBar, size: 5 },
        ...(isBar && uPlot.paths.bars !== undefined ? { paths: uPlot.paths.bars({ size: [0.8, 60] }) } : {}),
        value: (_, value) => (value === null ? '–' : `${Number(value.toFixed(2))}${unit}`),
      })),
    ],
  };
}
