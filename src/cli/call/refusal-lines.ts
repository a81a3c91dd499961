// A refusal of the relay as lines for a terminal: its own message, and advice unless another request is all it takes.
import { plain } from './narration.ts';
import { RelayAway, RelayRefusal } from './relay-api.ts';

const ADVICE: Readonly<Record<string, string>> = {
  unauthorized: "Set OPERATOR_TOKEN to the relay's own, in the environment or in .env.",
  do_not_call: 'The number is on the list of DO_NOT_CALL_FILE.',
  not_found: 'Check --relay: another relay may have the call.',
  budget_spent: "The relay's OUTBOUND_PER_DAY and OUTBOUND_MINUTES_PER_DAY limit the calls of a day.",
};
const NOBODY =
  'Start one with "npm start", give its address with --relay, or use --sandbox, which needs none.';

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
    ...(retryAfterS === null ? [] : [`  Try again in ${inWords(retryAfterS)}.`]),
  ];
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}
