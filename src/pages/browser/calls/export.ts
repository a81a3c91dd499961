// The filtered list as a file: CSV for a spreadsheet, JSON for a program. Cells that a spreadsheet would run as formulas begin
// with an apostrophe. Pure, but for `gathered`, which asks for page after page.
import type { Answer, Problem } from '../api.ts';
import type { CallPage, CallSummary } from '../api-types.ts';

/** More would take the browser's memory, and the relay minutes. */
export const MOST_EXPORTED = 5_000;

export type Gathered =
  | { readonly is: 'ok'; readonly calls: readonly CallSummary[]; readonly isCut: boolean }
  | { readonly is: 'refused'; readonly problem: Problem };

/** `ask` gets the cursor of a page; null: the first. */
export async function gathered(ask: (cursor: string | null) => Promise<Answer<CallPage>>): Promise<Gathered> {
  const calls: CallSummary[] = [];
  let cursor: string | null = null;
  do {
    const answer: Answer<CallPage> = await ask(cursor);
    if (answer.is === 'refused') return answer;
    calls.push(...answer.value.calls);
    cursor = answer.value.next;
  } while (cursor !== null && calls.length < MOST_EXPORTED);
  return { is: 'ok', calls: calls.slice(0, MOST_EXPORTED), isCut: cursor !== null };
}

const COLUMNS: Readonly<Record<string, (call: CallSummary) => string | number | null>> = {
  id: ({ id }) => id,
  direction: ({ direction }) => direction,
  via: ({ via }) => via,
  from: ({ from }) => from,
  to: ({ to }) => to,
  profile: ({ profile }) => profile,
  startedAt: ({ startedAt }) => startedAt,
  endedAt: ({ endedAt }) => endedAt,
  durationS: ({ durationS }) => durationS,
  endReason: ({ endReason }) => endReason,
  answeredBy: ({ answeredBy }) => answeredBy,
  turns: ({ summary }) => (summary === null ? null : summary.turns.done + summary.turns.interrupted),
  interrupted: ({ summary }) => summary?.turns.interrupted ?? null,
  waitP50Ms: ({ summary }) => summary?.wait?.p50Ms ?? null,
  waitMaxMs: ({ summary }) => summary?.wait?.maxMs ?? null,
  usd: ({ summary }) => summary?.cost?.usd ?? null,
  attention: ({ attention }) => attention.join(' '),
  metadata: ({ metadata }) => (Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata)),
};

export function csvOf(calls: readonly CallSummary[]): string {
  const names = Object.keys(COLUMNS);
  const rows = calls.map((call) => Object.values(COLUMNS).map((cell) => cellOf(cell(call))));
  // A line of CSV ends with both, by RFC 4180.
  return [names, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** Unknown is empty, never 0. */
function cellOf(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
