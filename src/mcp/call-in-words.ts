// Calls and problems as a model reads them; pure. A model's context is small, so a transcript is cut from its beginning.
import type { ToldCall, ToldLine, ToldProblem } from './telephone.ts';

/** Characters of a transcript: about 5,000 tokens. */
const MOST_TRANSCRIPT = 20_000;
const LONGEST_PROGRESS = 300;

/** What a tool returns of a call: everything that the API shows but what only a program needs. */
export function shownCall(call: ToldCall): Record<string, unknown> {
  const { transcript, position: _position, callbacks: _callbacks, place: _place, ...facts } = call;
  const lines = transcript.map((line, index) => ({ line: index, who: nameOf(line), said: heardOf(line) }));
  let left = MOST_TRANSCRIPT;
  const first = lines.findLastIndex(({ said }) => (left -= said.length) < 0) + 1;
  return {
    ...facts,
    ...(first === 0 ? {} : { firstLinesLeftOut: first }),
    transcript: lines.slice(first),
    ...(call.isSettled
      ? {}
      : { next: `The call goes on. get_call with id ${call.id} and waitS 60 shows more.` }),
  };
}

/** What happened since `told`, which it extends; each as one line. */
export function progressOf(call: ToldCall, told: Set<string>): string[] {
  const news: string[] = [];
  const tell = (key: string, line: string): void => {
    if (!told.has(key)) news.push(line.slice(0, LONGEST_PROGRESS));
    told.add(key);
  };
  for (const line of call.transcript) {
    const said = heardOf(line);
    if (isFinished(line) && said !== '') tell(`${line.who} ${line.at}`, `${nameOf(line)}: ${said}`);
  }
  const stage = call.stage === 'ended' ? `ended: ${call.endReason ?? 'unknown'}` : call.stage;
  tell(`stage ${stage}`, stage);
  return news;
}

/** What is wrong, one line for each problem, and then what to do about it. */
export function shownProblems(problems: readonly ToldProblem[]): string {
  const lines = problems.map(({ code, field, message }) =>
    field === undefined ? `${code}: ${message}` : `${code} (${field}): ${message}`,
  );
  const advice = new Set(problems.map(({ code, retryAfterS }) => adviceOf(code, retryAfterS)));
  return [...lines, ...advice].join('\n');
}

function adviceOf(code: string, retryAfterS: number | undefined): string {
  if (retryAfterS !== undefined) return `Try again in ${Math.ceil(retryAfterS)} s, not earlier.`;
  return ADVICE[code] ?? 'Do not repeat the same request; tell your user what the message says.';
}

const ADVICE: Readonly<Record<string, string>> = {
  invalid_request: 'Correct the field that is named, and call the tool again.',
  invalid_phone: 'Ask your user for the number with its country code; do not guess one.',
  not_allowed:
    'Nobody was called. Only the operator of the relay can allow this number; do not try another one.',
  do_not_call: 'Nobody was called. This person must not be called; do not try again.',
  quiet_hours: "Nobody was called. Call at another hour of the callee's day.",
  rate_limited: 'Nobody was called. Wait before you call this number again.',
  budget_spent: "Nobody was called. The operator's limit of the day is reached; try tomorrow.",
  idempotency_conflict: 'Use a new idempotencyKey for a different request.',
  outbound_off: "Nobody was called. The operator must set the relay's Twilio account and number first.",
  not_found: 'list_calls shows which calls there are.',
  call_over: 'get_call shows how it ended, and its result.',
  busy: 'Nobody was called. Try again in 10 s.',
  unavailable: 'Try again in 5 s. If place_call was answered with this, look at list_calls first.',
  not_shown: 'Wait a few seconds before you do.',
  unauthorized: "Tell your user: OPERATOR_TOKEN must be the relay's own.",
  relay_away: 'Tell your user to start the relay (npm start), or to correct its address.',
};

/** `caller` is the human on the line, in outbound calls too. */
function nameOf({ who }: ToldLine): string {
  return who === 'caller' ? 'human' : who;
}

function heardOf({ said, heard }: ToldLine): string {
  return heard ?? said;
}

function isFinished({ who, outcome }: ToldLine): boolean {
  return who !== 'agent' || typeof outcome === 'string';
}
