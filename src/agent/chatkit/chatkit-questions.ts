// Questions that a ChatKit agent asks as a form: read aloud, and answered by the caller's next words. One utterance answers
// all of them; if it names none of the options, the words themselves are the answer, and the agent may ask again.
import { fieldsOf, type Json, listOf, textsOf } from '../../call/json.ts';
import { idOf } from '../agent-memory.ts';
import type { Question } from './chatkit-wire.ts';

export interface Asked {
  readonly itemId: string;
  readonly questions: readonly Question[];
}

export interface Answer {
  readonly values: readonly string[];
  readonly skipped: false;
}

/** For another process. */
export function askedAsJson(asked: Asked | null): Json {
  if (asked === null) return null;
  const { itemId, questions } = asked;
  return { itemId, questions: questions.map((question) => ({ ...question })) };
}

/** null for anything that `askedAsJson` did not write. */
export function askedOf(value: unknown): Asked | null {
  const { itemId, questions } = fieldsOf(value);
  const id = idOf(itemId);
  const found = listOf(questions).flatMap((question) => questionOf(question) ?? []);
  return id === null || found.length === 0 ? null : { itemId: id, questions: found };
}

function questionOf(value: unknown): Question | null {
  const { id, question, options, takesSeveral } = fieldsOf(value);
  if (typeof id !== 'string' || typeof question !== 'string') return null;
  return { id, question, options: textsOf(options), takesSeveral: takesSeveral === true };
}

/** The questions as they are spoken, with their options. */
export function spokenQuestions(questions: readonly Question[]): string {
  return questions
    .map(({ question, options }) => (options.length === 0 ? question : `${question} ${options.join(', ')}.`))
    .filter((text) => text !== '')
    .join('\n');
}

/** The answers by the IDs of the questions. */
export function answersTo(questions: readonly Question[], words: string): Readonly<Record<string, Answer>> {
  return Object.fromEntries(
    questions.map((question) => [question.id, { values: valuesFor(question, words), skipped: false }]),
  );
}

function valuesFor({ options, takesSeveral }: Question, words: string): string[] {
  const named = options.filter((option) => isNamed(option, words));
  if (named.length === 0) return [words];
  // "Dark red" names "red" as well.
  return takesSeveral ? named : named.toSorted((a, b) => b.length - a.length).slice(0, 1);
}

function isNamed(option: string, words: string): boolean {
  return new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(option)}(?![\\p{L}\\p{N}])`, 'iu').test(words);
}
