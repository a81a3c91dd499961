// The shape of profiles.json. All problems are reported at once, so contradictions between fields are looked for in the
// text as written: a wrong field must not hide the contradictions beside it.
import type { z } from 'zod';
import { callerPattern, type CallerRules, UNVERIFIED_WAYS } from '../call/caller-rules.ts';
import { fixedLineTexts } from '../call/fixed-lines.ts';
import { isCalendarDay, isTimeZone, parseDays, parseRange } from '../call/hours.ts';
import { NOTE_KINDS, type NoteKind } from '../call/notes.ts';
import { phoneNumber } from '../call/phone-number.ts';
import { fieldsOf, type Json } from '../call/json.ts';
import { ConfigError } from './environment.ts';
import {
  byName,
  fields,
  listOf,
  mustBe,
  mustBeOneOf,
  mustBeText,
  problemAt,
  problemsOf,
  value,
  type Check,
  type Place,
} from './profile-problems.ts';

/** `{ "personas": { "calm": {…} }, "numbers": { "+15551234567": {…} } }` */
export type ProfileFile = z.infer<ReturnType<typeof fileSchema>>;
export type NumberEntry = NonNullable<ProfileFile['numbers']>[string];
export type PersonaEntry = NonNullable<ProfileFile['personas']>[string];

export interface VoiceLimits {
  readonly names: readonly string[];
  /** Custom voices of the account are in no list. */
  readonly isOwn: (name: string) => boolean;
  readonly speed: { readonly least: number; readonly most: number };
  /** `form` ends a sentence that begins with "must be". */
  readonly tone: { readonly form: string; readonly fits: (tone: string) => boolean };
}

export interface FileSurroundings {
  /** The environment's TRANSFER_NUMBER; '' for none. */
  readonly transferNumber: string;
  readonly voices: VoiceLimits;
  readonly problemWithAgentId: (id: string) => string | null;
  /** Of the JSON Schema of a result. These two end a sentence that begins with the field's place. */
  readonly problemWithResult: (schema: unknown) => string | null;
  readonly problemWithCallback: (url: unknown) => string | null;
}

/** Without the lines that have a field of their own. */
const LINES = Object.keys(fixedLineTexts('')).filter((name) => name !== 'greeting' && name !== 'closed');
const MOST_HINT_CHARACTERS = 1_000;

/** @throws {ConfigError} naming every problem at once. */
export function parseProfileFile(text: string, around: FileSurroundings): ProfileFile {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    // Take only the position: the rest of the message quotes the file.
    const [place = 'at its end'] = /\(line \d+ column \d+\)/.exec(String(error)) ?? [];
    throw new ConfigError([
      `profiles.json is not valid JSON ${place}. Look there for a missing quote, comma or brace.`,
    ]);
  }
  const { data, error } = fileSchema(personasIn(written), around).safeParse(written);
  const problems = [
    ...problemsOf(error),
    ...Object.entries(recordIn(written, 'numbers')).flatMap(([name, entry]) =>
      contradictions(name, entry, around.transferNumber).map(([place, problem]) =>
        problemAt(['numbers', name, ...place], problem),
      ),
    ),
    ...numbersTwice(text),
  ];
  if (data === undefined || problems.length > 0) throw new ConfigError(problems);
  return data;
}

// ---- each field by itself ----

function fileSchema(personas: readonly string[], around: FileSurroundings) {
  const { voices, problemWithAgentId } = around;
  const phone = mustBe('a phone number such as +15551234567', (to) => phoneNumber(to) !== null);
  const text = (wanted: string, is: (text: string) => boolean) => value<string>(mustBeText(wanted, is));
  const sentence = text('a text of 1 to 500 characters', (written) => isWithin(written, 500));
  const callerList = listOf(
    text(
      'a phone number such as +15551234567, a prefix such as +1900*, or "anonymous"',
      (one) => callerPattern(one) !== null,
    ),
    1_000,
  );
  const isId = mustBeText('the ID of an agent', (id) => isWithin(id, 500));
  const { names, isOwn, speed, tone } = voices;
  const isNamed = mustBeOneOf('voice', names);
  const sound = {
    voice: value<string>((name) => (isOwn(String(name)) ? null : isNamed(name))),
    speed: value<number>(
      mustBe(
        `a number from ${speed.least} to ${speed.most}`,
        (x) => typeof x === 'number' && x >= speed.least && x <= speed.most,
      ),
    ),
    tone: text(tone.form, tone.fits),
  };
  const number = fields({
    // A voice, speed or tone beside it wins.
    persona: value<string>(mustBeOneOf('persona', personas)),
    ...sound,
    agent: value<string>((id) => isId(id) ?? problemWithAgentId(String(id))),
    instructionsFile: text('the path of a text file', (path) => isWithin(path, 1_000)),
    greeting: text('a text of at most 500 characters', (greeting) => greeting.length <= 500),
    language: text('two letters, such as en or de, or empty', (code) => /^([a-z]{2})?$/.test(code)),
    hints: listOf(
      text('a word or name of 1 to 100 characters', (hint) => isWithin(hint, 100)),
      100,
    ),
    lines: fields(Object.fromEntries(LINES.map((name) => [name, sentence]))),
    thinkingSound: value<boolean>(mustBe('true or false', (is) => typeof is === 'boolean')),
    timeZone: text('a time zone such as America/New_York', isTimeZone),
    // `{ "mon-fri": "08:00-16:00", "sat": ["09:00-12:00", "22:00-02:00"] }`; other days are closed.
    hours: byName(problemWithDays, value<string | string[]>(problemWithRanges)),
    closedOn: listOf(text('a day such as 2026-12-25, or 12-25 for every year', isCalendarDay), 500),
    outsideHours: fields({
      say: sentence,
      action: value<'hang-up' | 'transfer'>(
        mustBe('"hang-up" or "transfer"', (action) => action === 'hang-up' || action === 'transfer'),
      ),
      // Without it: `transferTo`.
      to: value<string>(phone),
    }),
    // Null: nobody, even if TRANSFER_NUMBER is set.
    transferTo: value<string | null>((to) => (to === null ? null : phone(to))),
    mayTransferTo: listOf(value<string>(phone), 50),
    // Denied callers and, if there is a list of allowed ones, all others get no answer.
    callers: fields({
      allow: callerList,
      deny: callerList,
      unverified: value<CallerRules['unverified']>(mustBeOneOf('treatment', UNVERIFIED_WAYS)),
    }),
    speculate: value<boolean>(mustBe('true or false', (is) => typeof is === 'boolean')),
    // Once DAILY_BUDGET is spent: `say` speaks the line `over-budget`, and `transfer` follows it with `transferTo`.
    overBudget: value<'answer' | 'say' | 'transfer'>(mustBeOneOf('treatment', ['answer', 'say', 'transfer'])),
    // What is wanted of an inbound call once it is over.
    result: value<{ readonly [name: string]: Json }>(around.problemWithResult),
    callbackUrl: value<string>(around.problemWithCallback),
    summary: value<boolean>(mustBe('true or false', (one) => typeof one === 'boolean')),
    notesOff: listOf(value<NoteKind>(mustBeOneOf('kind of note', NOTE_KINDS)), NOTE_KINDS.length),
  });
  return fields({ personas: byName(() => null, fields(sound)), numbers: byName(phone, number) });
}

function isWithin(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most;
}

const problemWithDays: Check = (days) =>
  parseDays(String(days)) === null ? 'is no day. Use mon, tue … sun, or a span such as mon-fri.' : null;

const problemWithRanges = mustBe(
  'a span of hours such as "08:00-16:00", or a list of up to 10',
  (written) => {
    const ranges: readonly unknown[] = Array.isArray(written) ? written : [written];
    return ranges.length <= 10 && ranges.every((range) => parseRange(String(range)) !== null);
  },
);

// ---- fields together ----

function contradictions(name: string, written: unknown, transferNumber: string): [Place, string][] {
  const entry = fieldsOf(written);
  const has = (field: keyof NumberEntry): boolean => entry[field] !== undefined;
  const outside = fieldsOf(entry['outsideHours']);
  const found: [Place, string][] = [];

  if (has('hours') && !has('timeZone')) {
    found.push([['hours'], 'needs a timeZone beside it, such as America/New_York.']);
  }
  for (const field of ['closedOn', 'outsideHours'] as const) {
    if (has(field) && !has('hours')) {
      found.push([[field], 'means nothing without hours beside it; {"mon-sun": "00:00-24:00"} is always.']);
    }
  }
  const days = Object.keys(fieldsOf(entry['hours'])).map((span) => ({ span, days: parseDays(span) ?? [] }));
  for (const [index, { span, days: own }] of days.entries()) {
    const earlier = days.slice(0, index).find((other) => other.days.some((day) => own.includes(day)));
    if (earlier === undefined) continue;
    found.push([['hours', span], `has a day that "${earlier.span}" has, too. Name each day once.`]);
  }

  const usual = has('transferTo') ? entry['transferTo'] : transferNumber;
  if (outside['action'] === 'transfer' && outside['to'] === undefined && (usual === null || usual === '')) {
    const instead = 'Give "to" beside it, or transferTo, or TRANSFER_NUMBER.';
    found.push([
      ['outsideHours', 'action'],
      `is "transfer", but no number is known to transfer to. ${instead}`,
    ]);
  }
  const may: readonly unknown[] = Array.isArray(entry['mayTransferTo']) ? entry['mayTransferTo'] : [];
  const targets: [Place, unknown][] = [
    [['transferTo'], entry['transferTo']],
    ...may.map((to, index): [Place, unknown] => [['mayTransferTo', index], to]),
    [['outsideHours', 'to'], outside['to']],
  ];
  const own = phoneNumber(name);
  for (const [place, to] of targets) {
    if (own !== null && phoneNumber(to) === own) {
      found.push([place, 'is the number itself: the call would come back here. Use another.']);
    }
  }
  if (own !== null && !has('transferTo') && own === transferNumber) {
    found.push([[], 'is TRANSFER_NUMBER itself. Give it a transferTo of its own, or null for nobody.']);
  }

  const hints: readonly unknown[] = Array.isArray(entry['hints']) ? entry['hints'] : [];
  const length = hints.join('').length;
  if (length > MOST_HINT_CHARACTERS) {
    found.push([['hints'], `has ${length} characters. Keep to ${MOST_HINT_CHARACTERS} in all.`]);
  }
  return found;
}

/** Looks at the text: of two fields with one name, `JSON.parse` drops the first. */
function numbersTwice(text: string): string[] {
  const seen = new Set<string>();
  return [...text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)].flatMap(([, literal = '', colon]) => {
    const name: unknown = colon === undefined ? null : JSON.parse(literal);
    const number = phoneNumber(name);
    if (number === null) return [];
    if (seen.has(number)) return [problemAt(['numbers', String(name)], `is ${number} for a second time.`)];
    seen.add(number);
    return [];
  });
}

function personasIn(written: unknown): string[] {
  return Object.keys(recordIn(written, 'personas'));
}

function recordIn(written: unknown, name: string): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(written)[name]);
}
