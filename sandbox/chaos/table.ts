// The verdicts as a Markdown table, a fault a row. What must be 0 stands before what is only told.
import { isGood, type Verdict } from './verdict.ts';

/** T9 says 4 s. A hum of 1.2 s is heard by the sandbox when it is over, and the machine may be late. */
const LONGEST_SILENCE_MS = 4_500;

export interface Row {
  readonly fault: string;
  readonly verdict: Verdict;
}

interface Column {
  readonly title: string;
  readonly of: (verdict: Verdict) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'calls touched', of: ({ callsTouched }) => String(callsTouched) },
  { title: 'lost', of: ({ callsLost }) => String(callsLost) },
  {
    title: "caller's words never told / told twice",
    of: ({ wordsNotTold, wordsToldTwice }) => `${wordsNotTold} / ${wordsToldTwice}`,
  },
  {
    title: "agent's words never heard / heard twice",
    of: ({ wordsNotHeard, wordsHeardTwice }) => `${wordsNotHeard} / ${wordsHeardTwice}`,
  },
  { title: 'at a cut', of: ({ wordsAtCuts }) => String(wordsAtCuts) },
  { title: '"where were we?"', of: ({ askedWhere }) => String(askedWhere) },
  { title: 'longest silence, ms', of: ({ longestSilenceMs }) => longestSilenceMs.toFixed(0) },
];

export function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['fault', ...COLUMNS.map(({ title }) => title)],
    ...rows.map(({ fault, verdict }) => [fault, ...COLUMNS.map(({ of }) => of(verdict))]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map((row) => {
    const padded = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [lines[0], `| ${rule.join(' | ')} |`, ...lines.slice(1)].join('\n');
}

/** What went wrong, a line each; '' where nothing did. */
export function problemsOf(rows: readonly Row[]): string {
  return rows
    .filter(({ verdict }) => !isGood(verdict))
    .flatMap(({ fault, verdict }) => verdict.problems.map((problem) => `  ✗ ${fault}: ${problem}`))
    .join('\n');
}

/** Where a caller heard nothing for too long, a line each; '' where none did. */
export function silencesOf(rows: readonly Row[]): string {
  return rows
    .filter(({ verdict }) => verdict.longestSilenceMs > LONGEST_SILENCE_MS)
    .map(({ fault, verdict }) => `  ✗ ${fault}: silence for ${verdict.longestSilenceMs.toFixed(0)} ms`)
    .join('\n');
}
