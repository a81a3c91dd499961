// The sandbox's agent that makes calls: told its task by the opening note, it says why it calls, asks what there is to ask,
// one thing at a time, and says goodbye. Where it stands is read from what it has said itself, so that it may be
// interrupted, asked again, or put through by a call screener, and still skips nothing.
import { codeIn, HAVE_YOU_A_MOMENT, isAskedForResult, isNo, resultFor } from './calling-result.ts';
import { callersWords, type Heard, lastNotes, type Mind, PACE } from './mind.ts';

export const callingAgent: Mind = (heard) => ({
  ...PACE,
  text: isAskedForResult(heard.text) ? resultFor(heard.text) : words(heard),
});

interface Task {
  readonly kind: 'remind' | 'survey' | 'tell' | 'custom';
  readonly prompt: string;
  readonly business: string | null;
  /** What is asked, in order. */
  readonly questions: readonly string[];
}

const IS_IT_POSSIBLE = 'Is that possible?';
const WHAT_NUMBER = 'What is the confirmation number?';

const IS_BOOKING = /\b(?:book|reserve|reservation|table)\b/i;
const IS_WRONG_PERSON = /\bwrong (?:number|person)\b/i;
/** Nothing that they say can be an answer to what they have not understood. */
const IS_UNANSWERED = /^(?:hello|hi|pardon|sorry|excuse me|what|who)\b[^.!]*\?/i;

function words({ history, text }: Heard): string {
  const fresh = [...lastNotes(history), text].join('\n');
  const said = callersWords(fresh);
  if (said === '' && /"ok" only/.test(fresh)) return 'ok';
  const task = taskIn([...history.map((one) => one.text), text]);
  if (task === null)
    return 'I only make calls, and nobody has told me what this one is for. Goodbye! [[end]]';
  if (/^\[That is a call screener/m.test(fresh)) return introductionOf(task);
  if (IS_WRONG_PERSON.test(said)) return 'I am sorry to have disturbed you. Goodbye! [[end]]';

  const own = history.filter(({ role }) => role === 'assistant');
  const asked = task.questions.findLastIndex((question) => own.some((one) => one.text.includes(question)));
  const isOwed = said === '' || IS_UNANSWERED.test(said) || /before they heard anything/.test(fresh);
  if (asked < 1 && (asked < 0 || isOwed)) return `${introductionOf(task)} ${task.questions[0] ?? ''}`;
  const current = task.questions[asked] ?? '';
  if (isOwed) return current;
  const isRefused = (current === HAVE_YOU_A_MOMENT || current === IS_IT_POSSIBLE) && isNo(said);
  if (isRefused) return 'I understand. Goodbye! [[end]]';
  const next = task.questions[asked + 1];
  const isTold = next === WHAT_NUMBER && /\bnumber\b/i.test(said) && codeIn(said) !== null;
  if (next === undefined || isTold) return goodbyeFor(task);
  return `Thank you. ${next}`;
}

function introductionOf({ business, prompt }: Task): string {
  const from = business === null ? '' : `, calling for ${business}`;
  const why = prompt.replace(/[\s.!]+$/, '');
  return `Hello, this is an AI assistant${from}. I am calling to ${why.charAt(0).toLowerCase()}${why.slice(1)}.`;
}

function goodbyeFor({ kind }: Task): string {
  const thanks = kind === 'survey' ? 'Thank you for your answers.' : 'Thank you very much.';
  return `${thanks} Goodbye! [[end]]`;
}

// ---- the task, as the opening note tells it ----

const OPENING = '[You have placed an outbound phone call';
const TASK =
  /Your task: (?<prompt>.+?) (?:What you know: (?<context>\{.*\}) )?If an answering machine picks up/;

function taskIn(texts: readonly string[]): Task | null {
  const note = texts.flatMap((text) => text.split('\n')).find((line) => line.startsWith(OPENING)) ?? '';
  const { prompt, context: json = '{}' } = TASK.exec(note)?.groups ?? {};
  if (prompt === undefined) return null;
  const kind = kindOf(note);
  const context = contextIn(json);
  const business = context['business'] ?? context['practice'];
  return {
    kind,
    prompt,
    business: typeof business === 'string' ? business : null,
    questions: [...new Set([...openingQuestions(kind, prompt), ...questionsIn(context)])],
  };
}

function kindOf(note: string): Task['kind'] {
  switch (/\bIt is (a survey|to remind|to let|for one)\b/.exec(note)?.[1]) {
    case 'a survey':
      return 'survey';
    case 'to remind':
      return 'remind';
    case 'to let':
      return 'tell';
    default:
      return 'custom';
  }
}

function openingQuestions(kind: Task['kind'], prompt: string): readonly string[] {
  switch (kind) {
    case 'survey':
      return [HAVE_YOU_A_MOMENT];
    case 'remind':
      return ['Will you come?'];
    case 'tell':
      return ['Did you get that?'];
    case 'custom':
      return IS_BOOKING.test(prompt) ? [IS_IT_POSSIBLE, WHAT_NUMBER] : ['What can you tell me about that?'];
  }
}

function questionsIn(context: Readonly<Record<string, unknown>>): readonly string[] {
  const { questions } = context;
  return Array.isArray(questions) ? questions.filter((one) => typeof one === 'string') : [];
}

/** A long one was cut off, and is no JSON any more. */
function contextIn(json: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
