// Questions that a ChatKit agent asks as a form: read aloud, and answered by the caller's next words. One utterance answers
// all of them; if it names none of the options, the words themselves are the answer, and the agent may ask again.
import { z } from 'zod';
import type { Question } from './chatkit-wire.ts';

const questionSchema = z.object({
  id: z.string(),
  question: z.string(),
  options: z.array(z.string()),
  takesSeveral: z.boolean(),
});
const askedSchema = z.object({ itemId: z.string().min(1), questions: z.array(questionSchema).min(1) });

export interface Asked {
  readonly itemId: string;
  readonly questions: readonly Question[];
}

export interface Answer {
  readonly values: readonly string[];
  readonly skipped: false;
}

/** The form that another process wrote into its memory; null for anything else. */
export function askedOf(value: unknown): Asked | null {
  return askedSchema.safeParse(value).data ?? null;
}

export function spokenQuestions(questions: readonly Question[]): string {
  return questions
    .map(({ question, options }) => (options.length === 0 ? question : `${question} ${options.join(', ')}.`))
    .filter((text) => text !== '')
    .join('\n');
}

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
