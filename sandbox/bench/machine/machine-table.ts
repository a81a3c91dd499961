// The small machine's figures as a Markdown table, and its goals. A goal that is missed is no failure; a lost frame is.
import type { Machine, Measurement } from './machine.ts';
import type { Design, Window } from './loads.ts';

const GOALS = {
  quietCpu: 1.4,
  talkingCpu: 1.8,
  way: 1.5,
  kilobytesPerCall: 250,
  idleMegabytes: 110,
  /** Half of what it took on 2026-11-29. */
  upMs: 875,
} as const;

type Figure = (window: Window) => number | null;

interface Row {
  readonly name: string;
  readonly figure: Figure;
  readonly digits: number;
  readonly isComparable: boolean;
}

const cpu: Figure = ({ cpuMsPerCallSecond }) => cpuMsPerCallSecond;
const upWay: Figure = ({ upP99Ms }) => upP99Ms;
const downWay: Figure = ({ downP99Ms }) => downP99Ms;
const memory: Figure = ({ kilobytesPerCall }) => kilobytesPerCall;

const ROWS: readonly Row[] = [
  { name: 'CPU per call-second, ms', figure: cpu, digits: 2, isComparable: true },
  { name: "frame's way up, p99, ms", figure: upWay, digits: 2, isComparable: true },
  { name: "frame's way down, p99, ms", figure: downWay, digits: 2, isComparable: true },
  row('collections over 5 ms', ({ longCollections }) => longCollections, 0),
  row('longest collection, ms', ({ longestCollectionMs }) => longestCollectionMs, 1),
  row('event loop late by, p99, ms', ({ loopLateP99Ms }) => loopLateP99Ms, 1),
  row('event loop late by, most, ms', ({ loopLateMaxMs }) => loopLateMaxMs, 1),
  { name: 'memory per call, kB', figure: memory, digits: 0, isComparable: false },
];

function row(name: string, figure: Figure, digits: number): Row {
  return { name, figure, digits, isComparable: false };
}

/** Null for none. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function medianOf({ rounds }: Measurement, design: Design, figure: Figure): number | null {
  return median(
    rounds.map((windows) => {
      const window = windows.get(design);
      return window === undefined ? null : figure(window);
    }),
  );
}

/** The median of the rounds' ratios, not the ratio of medians: each round's two were measured one after the other. */
function ratioOf({ rounds }: Measurement, figure: Figure): number | null {
  return median(
    rounds.map((windows) => {
      const [floor, relay] = [windows.get('floor'), windows.get('relay')];
      const [least, value] = [floor && figure(floor), relay && figure(relay)];
      return least && value ? value / least : null;
    }),
  );
}

const shown = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';
const times = (ratio: number | null): string => (ratio === null ? '–' : `${ratio.toFixed(2)}x`);

/** '–' where nothing was measured. */
export function machineTable(machine: Machine): string {
  const { starts, measurements, full } = machine;
  const lines: string[][] = [
    ['', '', 'floor', 'relay', '÷ floor'],
    [
      'nobody calls',
      'until it takes calls, ms',
      shown(median(starts.floor.upMs), 0),
      shown(median(starts.relay.upMs), 0),
      '',
    ],
    ['', 'memory, MB', shown(starts.floor.idleMegabytes, 0), shown(starts.relay.idleMegabytes, 0), ''],
  ];
  for (const measurement of measurements) {
    const { calls, isTalking } = measurement.load;
    for (const [index, { name, figure, digits, isComparable }] of ROWS.entries()) {
      const title = `${calls} calls, ${isTalking ? 'a turn each 5 s' : 'nobody speaks'}`;
      lines.push([
        index === 0 ? title : '',
        name,
        shown(medianOf(measurement, 'floor', figure), digits),
        shown(medianOf(measurement, 'relay', figure), digits),
        isComparable ? times(ratioOf(measurement, figure)) : '',
      ]);
    }
  }
  for (const [index, { name, figure, digits }] of (full === null ? [] : ROWS).entries()) {
    const title = index === 0 ? `${full?.calls} calls, nobody speaks` : '';
    lines.push([title, name, '–', shown(median(full?.windows.map(figure) ?? []), digits), '']);
  }
  return markdown(lines);
}

/** Two columns of names, and then figures. */
export function markdown(lines: readonly (readonly string[])[]): string {
  const [head = [], ...body] = lines;
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0), 4));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** A line for each goal. */
export function machineGoals({ starts, measurements, full }: Machine): string {
  const of = (isTalking: boolean | null): Measurement[] =>
    measurements.filter(({ load }) => isTalking === null || load.isTalking === isTalking);
  const ratios = (isTalking: boolean | null, figure: Figure): (number | null)[] =>
    of(isTalking).map((measurement) => ratioOf(measurement, figure));
  const values = (figure: Figure): (number | null)[] =>
    measurements.map((measurement) => medianOf(measurement, 'relay', figure));
  const whole = (value: number | null): string => shown(value, 0);
  return [
    goal('CPU with nobody speaking, ÷ floor', ratios(false, cpu), GOALS.quietCpu, times),
    goal('CPU with a turn each five seconds, ÷ floor', ratios(true, cpu), GOALS.talkingCpu, times),
    goal("p99 of a frame's way up, ÷ floor", ratios(null, upWay), GOALS.way, times),
    goal("p99 of a frame's way down, ÷ floor", ratios(true, downWay), GOALS.way, times),
    goal(
      'collections over 5 ms',
      values(({ longCollections }) => longCollections),
      0,
      whole,
    ),
    goal('memory per call, kB', values(memory), GOALS.kilobytesPerCall, whole),
    goal('idle memory, MB', [starts.relay.idleMegabytes], GOALS.idleMegabytes, whole),
    goal('until it takes calls, ms', [median(starts.relay.upMs)], GOALS.upMs, whole),
    goal(
      `frames lost of ${full?.totals.frames ?? 0} with ${full?.calls ?? 0} calls`,
      [full?.totals.lost ?? null],
      0,
      whole,
    ),
  ].join('\n');
}

function goal(
  wanted: string,
  found: readonly (number | null)[],
  most: number,
  show: (value: number | null) => string,
): string {
  const isMeasured = found.length > 0 && found.every((value) => value !== null);
  const isMet = isMeasured && found.every((value) => value !== null && value <= most);
  const verdict = isMet ? 'PASS' : isMeasured ? 'short of goal' : 'not measured';
  return `${verdict.padEnd('short of goal'.length)}  ${wanted}, at most ${show(most)}: ${found.map(show).join(', ')}`;
}
