// The figures of all three designs side by side, as a Markdown table, and whether the relay's goals are met. Speed is a
// goal and never a test: only a frame that was lost or a call that broke is a failure.
import { type Spread, spreadOf } from './figures.ts';
import type { Measured } from './load.ts';

/** The relay's figures are those of its usual way, in two steps and not ahead of time. */
export interface Results {
  readonly floor: Measured;
  readonly relay: Measured;
  readonly naive: Measured;
}

/** Null where the design has no such thing, or nothing was measured. */
type Figure = (measured: Measured) => number | null;

interface Row {
  readonly name: string;
  readonly figure: Figure;
  readonly digits: number;
  /** Where the floor does the same work. */
  readonly isComparable: boolean;
}

type Times = {
  [Name in keyof Measured]: Measured[Name] extends readonly number[] ? Name : never;
}[keyof Measured];

const MOST_TIMES_FLOOR = 1.3;

export function timesOf(times: Times, which: keyof Spread): Figure {
  return (measured) => spreadOf(measured[times])?.[which] ?? null;
}

const upP99 = timesOf('upMs', 'p99');
const downP99 = timesOf('downMs', 'p99');
const cpu: Figure = ({ cpuMsPerCallSecond }) => cpuMsPerCallSecond;

const ROWS: readonly Row[] = [
  ...(['p50', 'p99', 'max'] as const).map((which) =>
    compared(`frame delay up, ${which}, ms`, timesOf('upMs', which), 2),
  ),
  ...(['p50', 'p99', 'max'] as const).map((which) =>
    compared(`frame delay down, ${which}, ms`, timesOf('downMs', which), 2),
  ),
  compared('CPU per call-second, ms', cpu, 2),
  compared('memory per call, KiB', ({ bytesPerCall }) => bytesPerCall / 1024, 0),
  alone('frames lost', ({ framesLost }) => framesLost),
  ...bothOf('VAD close → request to the agent', 'closeToRequestMs'),
  ...bothOf('end of its first sentence → `response.create`', 'sentenceToCreateMs'),
  ...bothOf('VAD close → first audio', 'closeToAudioMs'),
  ...bothOf("caller's last word → first audio", 'lastWordToAudioMs'),
];

function compared(name: string, figure: Figure, digits: number): Row {
  return { name, figure, digits, isComparable: true };
}

function alone(name: string, figure: Figure): Row {
  return { name, figure, digits: 0, isComparable: false };
}

function bothOf(name: string, times: Times): Row[] {
  return (['p50', 'p99'] as const).map((which) => alone(`${name}, ${which}, ms`, timesOf(times, which)));
}

/** '–' where a design was not measured. */
export function tableOf({ floor, relay, naive }: Partial<Results>): string {
  const rows = ROWS.map(({ name, figure, digits, isComparable }) => {
    const show = (measured?: Measured): string => (measured && figure(measured)?.toFixed(digits)) ?? '–';
    const ratio = (measured?: Measured): string =>
      isComparable ? times(measured && floor ? ratioOf(figure, measured, floor) : null) : '';
    return [name, show(floor), show(relay), ratio(relay), show(naive), ratio(naive)];
  });
  return markdown([['', 'floor', 'relay', '÷ floor', 'naive', '÷ floor'], ...rows]);
}

/** The first row is the head; all columns but the first are numbers. */
export function markdown(all: readonly (readonly string[])[]): string {
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const rule = widths.map(
    (width, column) => '-'.repeat(column === 0 ? width : width - 1) + (column === 0 ? '' : ':'),
  );
  return [lines[0], `| ${rule.join(' | ')} |`, ...lines.slice(1)].join('\n');
}

/** A line for each goal: what is wanted, what it is, and whether that is enough. */
export function goalsOf({ floor, relay }: Pick<Results, 'floor' | 'relay'>): string {
  const delays = [ratioOf(upP99, relay, floor), ratioOf(downP99, relay, floor)];
  return [
    goal(
      `CPU within ${MOST_TIMES_FLOOR}x of the floor`,
      [ratioOf(cpu, relay, floor)],
      MOST_TIMES_FLOOR,
      times,
    ),
    goal(
      `frame delay p99, up and down, within ${MOST_TIMES_FLOOR}x of the floor`,
      delays,
      MOST_TIMES_FLOOR,
      times,
    ),
  ].join('\n');
}

/** A line for a goal: what is wanted, what it is, and whether that is enough. */
export function goal(
  wanted: string,
  found: readonly (number | null)[],
  most: number,
  show: (value: number | null) => string,
): string {
  const isMeasured = found.every((value) => value !== null);
  const isMet = found.every((value) => value !== null && value <= most);
  const verdict = isMet ? 'PASS' : isMeasured ? 'short of goal' : 'not measured';
  return `${verdict.padEnd('short of goal'.length)}  ${wanted}: ${found.map(show).join(' and ')}`;
}

function ratioOf(figure: Figure, measured: Measured, floor: Measured): number | null {
  const [value, least] = [figure(measured), figure(floor)];
  return value === null || least === null || least <= 0 ? null : value / least;
}

function times(ratio: number | null): string {
  return ratio === null ? '–' : `${ratio.toFixed(2)}x`;
}
