// Zod schemas whose problems read like those of environment.ts: a place in profiles.json and the end of a sentence about
// it. A problem shows the wrong value, cut to a few words.
import { z } from 'zod';
import { cutText } from '../call/text.ts';
import { closestWord } from './spelling.ts';

/** Returns the end of a sentence that begins with the value's place, or null if the value is fine. */
export type Check = (value: unknown) => string | null;
export type Place = readonly PropertyKey[];

const LONGEST_SHOWN = 60;

export function mustBe(wanted: string, is: (value: unknown) => boolean): Check {
  return (value) => (is(value) ? null : `must be ${wanted}, but is ${quoted(value)}.`);
}

export function mustBeText(wanted: string, is: (text: string) => boolean): Check {
  return mustBe(wanted, (value) => typeof value === 'string' && is(value));
}

/** `kind` as in "is no persona". */
export function mustBeOneOf(kind: string, words: readonly string[]): Check {
  const those = words.length === 0 ? `there is no ${kind}` : `there are ${words.join(', ')}`;
  return (value) =>
    typeof value === 'string' && words.includes(value)
      ? null
      : `is ${quoted(value)}, which is no ${kind}${didYouMean(value, words) ?? `; ${those}`}.`;
}

export function value<T>(check: Check): z.ZodType<T> {
  return z.custom<T>((one) => check(one) === null, { error: ({ input }) => check(input) ?? '' });
}

export function listOf<T>(element: z.ZodType<T>, most: number) {
  const isList = mustBe(`a list of at most ${most}`, () => false);
  return z
    .array(element, { error: ({ input }) => isList(input) ?? '' })
    .max(most, { error: `may hold ${most} at most.` });
}

export function byName<T>(names: Check, element: z.ZodType<T>) {
  const isObject = mustBe('an object', () => false);
  return z.record(value<string>(names), element, { error: ({ input }) => isObject(input) ?? '' });
}

export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  const isObject = mustBe('an object', () => false);
  return z
    .strictObject(shape, {
      error: (issue) => {
        if (issue.code !== 'unrecognized_keys') return isObject(issue.input) ?? '';
        const unknown = issue.keys.map((key) => `${quoted(key)}${didYouMean(key, known) ?? ''}`);
        return `does not take ${unknown.join(', ')}; it takes ${known.join(', ')}.`;
      },
    })
    .partial();
}

export function problemsOf(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map((issue) => {
    const ofKey = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
    return problemAt(issue.path, ofKey?.message ?? issue.message);
  });
}

/** `profiles.json: numbers["+15551234567"].hours.sat …` */
export function problemAt(place: Place, problem: string): string {
  const path = place.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^\w+$/.test(String(step)) ? `.${String(step)}` : `[${quoted(step)}]`;
  });
  return place.length === 0
    ? `profiles.json ${problem}`
    : `profiles.json: ${path.join('').replace(/^\./, '')} ${problem}`;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length <= LONGEST_SHOWN ? text : `${cutText(text, LONGEST_SHOWN)}…`;
}

function didYouMean(written: unknown, words: readonly string[]): string | null {
  const isShort = typeof written === 'string' && written.length <= LONGEST_SHOWN;
  const closest = isShort ? closestWord(written, words) : null;
  return closest === null ? null : ` (did you mean "${closest}"?)`;
}
