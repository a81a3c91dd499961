// What the calling agent brings back: JSON for the schema that it is shown, out of the transcript that it is shown. It
// knows nothing else: a value is a number, a word of a choice, a yes or no, or a line, that somebody said in answer to the
// question that its name or description is about. What it finds nowhere it leaves out, as it was told to.
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Schema = Readonly<Record<string, unknown>>;

/** Something that the person said, and the question it followed. */
interface Answer {
  readonly line: number;
  readonly text: string;
  readonly question: { readonly line: number; readonly text: string } | null;
}

type Evidence = Record<string, readonly number[]>;

const ASKED = 'as JSON that fits this JSON Schema:';
/** A yes to this is none to what comes after. */
export const HAVE_YOU_A_MOMENT = 'Do you have a moment?';

export function isAskedForResult(text: string): boolean {
  return text.includes(ASKED);
}

export function resultFor(prompt: string): string {
  const evidence: Evidence = {};
  const result = valueFor({ schema: schemaIn(prompt), pointer: '', about: [] }, answersIn(prompt), evidence);
  return JSON.stringify({ result: result ?? {}, evidence });
}

// ---- what is shown ----

function schemaIn(prompt: string): Schema {
  const [, json = '{}'] = prompt.slice(prompt.indexOf(ASKED)).match(/\n(\{.*\})\n/) ?? [];
  const parsed: unknown = JSON.parse(json);
  return isObject(parsed) ? parsed : {};
}

function answersIn(prompt: string): Answer[] {
  const answers: Answer[] = [];
  let question: Answer['question'] = null;
  for (const [, line = '', who = '', text = ''] of prompt.matchAll(/^\[(\d+)\] (\w+)[^:]*: (.*)$/gm)) {
    if (who === 'You') question = { line: Number(line), text: lastSentenceOf(text) };
    else if (who === 'Person' && question?.text !== HAVE_YOU_A_MOMENT)
      answers.push({ line: Number(line), text, question });
  }
  return answers;
}

/** What comes before is what the call is about, and no question. */
function lastSentenceOf(text: string): string {
  return text.split(/(?<=[.!?])\s+/).at(-1) ?? text;
}

// ---- what fits the schema ----

interface Wanted {
  readonly schema: Schema;
  readonly pointer: string;
  /** Words of its name and description. */
  readonly about: readonly string[];
}

/** undefined: nobody said it. */
function valueFor(wanted: Wanted, answers: readonly Answer[], evidence: Evidence): Json | undefined {
  const { schema, pointer } = wanted;
  const { properties, items } = schema;
  if (isObject(properties)) {
    const found = Object.entries(properties).flatMap(([name, part]): [string, Json][] => {
      if (!isObject(part)) return [];
      const inner = { schema: part, pointer: `${pointer}/${escaped(name)}`, about: subjectOf(name, part) };
      const value = valueFor(inner, answers, evidence);
      return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries(found);
  }
  if (isObject(items)) {
    const found = answers.flatMap((answer) => {
      const value = answer.question === null ? undefined : valueIn(answer.text, items, wanted.about);
      return value === undefined ? [] : [{ value, answer }];
    });
    for (const [index, { answer }] of found.entries())
      evidence[`${pointer}/${index}`] = linesOf(answer, false);
    return found.map(({ value }) => value);
  }
  for (const answer of likeliest(wanted, answers)) {
    const value = valueIn(answer.text, schema, wanted.about);
    if (value === undefined) continue;
    evidence[pointer] = linesOf(answer, typeof value === 'boolean');
    return value;
  }
  return typesOf(schema).includes('null') ? null : undefined;
}

function linesOf({ line, question }: Answer, isYesOrNo: boolean): readonly number[] {
  return isYesOrNo && question !== null ? [question.line, line] : [line];
}

/** By how much they are about it. A yes, or a word of a choice, may be about it in other words: then the last one said. */
function likeliest({ schema, about }: Wanted, answers: readonly Answer[]): readonly Answer[] {
  const rated = answers.map((answer) => ({
    answer,
    rate: shared(about, wordsOf(`${answer.question?.text ?? ''} ${answer.text}`)),
  }));
  const related = rated.filter(({ rate }) => rate > 0).toSorted((one, other) => other.rate - one.rate);
  const isClosed = typesOf(schema).includes('boolean') || Array.isArray(schema['enum']);
  const others = isClosed ? rated.filter(({ rate }) => rate === 0).toReversed() : [];
  return [...related, ...others].map(({ answer }) => answer);
}

function valueIn(said: string, schema: Schema, about: readonly string[]): Json | undefined {
  const types = typesOf(schema);
  if (Array.isArray(schema['enum'])) return choiceIn(said, schema['enum']);
  if (types.includes('boolean')) return isNo(said) ? false : isYes(said) ? true : undefined;
  if (types.includes('integer') || types.includes('number')) {
    const number = numberIn(said);
    return number === null || (!types.includes('number') && !Number.isInteger(number)) ? undefined : number;
  }
  // A date is not written as it is said.
  if (!types.includes('string') || schema['format'] !== undefined) return undefined;
  return about.some((word) => /^(?:number|code|reference)$/.test(word)) ? (codeIn(said) ?? undefined) : said;
}

// ---- what is said ----

const NUMBERS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const YES = /\b(?:yes|yeah|yep|sure|certainly|of course|gladly)\b/i;
const NO = /\b(?:no|nope|not|never|cannot)\b|n't\b/i;
const YES_IN_OTHER_WORDS = /\b(?:i|we) (?:will|would|do|did|can|have)\b/i;

export function isNo(said: string): boolean {
  const [no, yes] = [said.search(NO), said.search(YES)];
  return no >= 0 && (yes < 0 || no < yes);
}

function isYes(said: string): boolean {
  return !isNo(said) && (YES.test(said) || YES_IN_OTHER_WORDS.test(said));
}

function numberIn(said: string): number | null {
  for (const [token] of said.matchAll(/\d+(?:\.\d+)?|[a-z]+/gi)) {
    const number = /^\d/.test(token) ? Number(token) : NUMBERS.indexOf(token.toLowerCase());
    if (number >= 0) return number;
  }
  return null;
}

/** "4 7 1 1", "four seven", "HD-471": figures and letters, said one after another, as they would be written; the longest. */
export function codeIn(said: string): string | null {
  const runs: string[] = [''];
  for (const [token] of said.matchAll(/\d+|[a-z']+/gi)) {
    const figure = NUMBERS.indexOf(token.toLowerCase());
    const isPart = /^\d+$/.test(token) || figure >= 0 || /^(?!I$)[A-Z]{1,3}$/.test(token);
    if (isPart) runs.push(`${runs.pop() ?? ''}${figure >= 0 ? figure : token}`);
    else runs.push('');
  }
  const codes = runs.filter((run) => /\d/.test(run)).toSorted((one, other) => other.length - one.length);
  return codes[0] ?? null;
}

function choiceIn(said: string, choices: readonly unknown[]): Json | undefined {
  const spoken = ` ${wordsOf(said).join(' ')} `;
  return choices
    .filter((choice) => typeof choice === 'string')
    .find((choice) => spoken.includes(` ${wordsOf(choice).join(' ')} `));
}

// ---- words ----

/** These are in every other question. */
const NOTHING = new Set([
  'what',
  'your',
  'they',
  'that',
  'this',
  'with',
  'have',
  'from',
  'whether',
  'person',
]);

function subjectOf(name: string, schema: Schema): readonly string[] {
  const { title = '', description = '' } = schema;
  return wordsOf(`${name} ${String(title)} ${String(description)}`);
}

function wordsOf(text: string): string[] {
  const apart = text.replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ');
  return apart.toLowerCase().match(/[a-z\d]+/g) ?? [];
}

/** How many of them are about the same: "satisfied" is about "satisfaction". */
function shared(about: readonly string[], words: readonly string[]): number {
  const stems = new Set(words.map((word) => word.slice(0, 4)));
  return about.filter((word) => word.length >= 4 && !NOTHING.has(word) && stems.has(word.slice(0, 4))).length;
}

function typesOf(schema: Schema): readonly unknown[] {
  return [schema['type']].flat();
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
