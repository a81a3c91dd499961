// One process beside several, as a Markdown table, and how many calls each held.
import { markdown, median } from '../machine/machine-table.ts';
import type { Window } from '../machine/loads.ts';
import type { Held } from './processes.ts';

/** A frame is late that is overtaken by the next two: more than one in a hundred is heard. */
const LATE_MS = 40;

interface Row {
  readonly name: string;
  readonly of: (held: Held) => number | null;
  readonly digits: number;
}

const ROWS: readonly Row[] = [
  inWindows('CPU per call-second, ms', ({ cpuMsPerCallSecond }) => cpuMsPerCallSecond, 2),
  inWindows("frame's way up, p99, ms", ({ upP99Ms }) => upP99Ms, 1),
  inWindows("frame's way down, p99, ms", ({ downP99Ms }) => downP99Ms, 1),
  { name: 'frames lost', of: ({ lost }) => lost, digits: 0 },
  { name: 'calls broken', of: ({ broken }) => broken, digits: 0 },
  { name: 'cores, relay', of: coresOf, digits: 2 },
  inWindows('cores, far ends', ({ farEndCores }) => farEndCores, 2),
];

function inWindows(name: string, of: (window: Window) => number | null, digits: number): Row {
  return { name, of: ({ windows }) => median(windows.map(of)), digits };
}

function coresOf({ calls, windows }: Held): number {
  return ((median(windows.map(({ cpuMsPerCallSecond }) => cpuMsPerCallSecond)) ?? 0) * calls) / 1000;
}

/** All that was measured so far: for each number of calls one process and then several. */
export function processesTable(all: readonly Held[]): string {
  const counts = [...new Set(all.map(({ processes }) => processes))];
  const lines = [['calls', '', ...counts.map((count) => (count === 1 ? '1 process' : `${count} processes`))]];
  for (const calls of new Set(all.map((held) => held.calls))) {
    for (const [index, { name, of, digits }] of ROWS.entries()) {
      const cells = counts.map((count) => {
        const held = all.find((one) => one.calls === calls && one.processes === count);
        return (held === undefined ? null : of(held))?.toFixed(digits) ?? '–';
      });
      lines.push([index === 0 ? String(calls) : '', name, ...cells]);
    }
  }
  return markdown(lines);
}

/** The ratios, and the most calls that each held. */
export function processesSummary(all: readonly Held[]): string {
  const counts = [...new Set(all.map(({ processes }) => processes))];
  const most = counts.map((count) => {
    const calls = all.filter((held) => held.processes === count && isHeld(held)).map((held) => held.calls);
    return `${Math.max(0, ...calls)} by ${count}`;
  });
  const several = all.filter(({ processes }) => processes > 1);
  const ratios = several.map((held) => {
    const one = all.find(({ calls, processes }) => processes === 1 && calls === held.calls);
    const ratio = one === undefined ? Number.NaN : coresOf(held) / coresOf(one);
    return `${ratio.toFixed(2)}x with ${held.calls}`;
  });
  return [
    `CPU of several processes, ÷ one: ${ratios.join(', ')}`,
    `most calls of which no frame was lost and the p99 of each way was within ${LATE_MS} ms: ${most.join(', ')}`,
  ].join('\n');
}

function isHeld({ lost, broken, windows }: Held): boolean {
  const ways = [
    median(windows.map(({ upP99Ms }) => upP99Ms)),
    median(windows.map(({ downP99Ms }) => downP99Ms)),
  ];
  return lost === 0 && broken === 0 && ways.every((ms) => ms !== null && ms <= LATE_MS);
}
