// What to tell somebody at a terminal of a relay that did not do it: what the relay says itself, and what to do where that
// is something else than to ask for another call.
import { plain } from './narration.ts';
import { RelayAway, RelayRefusal } from './relay-api.ts';

const ADVICE: Readonly<Record<string, string>> = {
  unauthorized: "Set OPERATOR_TOKEN to the relay's own, in the environment or in .env.",
  do_not_call: 'The number is on the list of DO_NOT_CALL_FILE: whoever keeps that decides.',
  not_found: 'Look at --relay: another relay may have the call.',
  budget_spent: 'OUTBOUND_PER_DAY and OUTBOUND_MINUTES_PER_DAY of the relay set how much is called in a day.',
};
const NOBODY =
  'Start one with "npm start", say where it is with --relay, or try --sandbox, which needs none.';

/** null: it is for somebody else to tell. */
export function refusalLines(error: unknown): readonly string[] | null {
  if (error instanceof RelayAway) return [`✗ ${plain(error.message)}`, `  ${NOBODY}`];
  if (!(error instanceof RelayRefusal)) return null;
  const { problems, retryAfterS } = error;
  const advice = [...new Set(problems.flatMap(({ code }) => ADVICE[code] ?? []))];
  return [
    ...problems.map(({ code, message, field }) => {
      const about = field === undefined ? '' : ` (${plain(field)})`;
      return `✗ ${plain(code)}${about}: ${plain(message)}`;
    }),
    ...advice.map((line) => `  ${line}`),
    ...(retryAfterS === null ? [] : [`  Worth trying again in ${inWords(retryAfterS)}.`]),
  ];
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}
