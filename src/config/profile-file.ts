// What profiles.json may hold, and what is wrong with it. Every problem is named at once, so what fields mean together
// is checked on what was written, too: a field that is wrong must not hide the contradictions beside it.
import type { z } from 'zod';
import { fixedLineTexts } from '../call/fixed-lines.ts';
import { isCalendarDay, isTimeZone, parseDays, parseRange } from '../call/hours.ts';
import { NOTE_KINDS, type NoteKind } from '../call/notes.ts';
import { phoneNumber } from '../call/phone-number.ts';
import { fieldsOf } from '../call/json.ts';
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

/** `{ "personas": { "calm": {…} }, "numbers": { "+15551234567": {…} } }`; both may be left out. */
export interface ProfileFile {
  readonly personas?: Readonly<Record<string, PersonaEntry>> | undefined;
  readonly numbers?: Readonly<Record<string, NumberEntry>> | undefined;
}

/** How somebody sounds. */
export interface PersonaEntry {
  readonly voice?: string | undefined;
  readonly speed?: number | undefined;
  /** As in "a tone of voice that is calm and unhurried". */
  readonly tone?: string | undefined;
}

/** What a called number has of its own; the rest comes from the environment. */
export interface NumberEntry extends PersonaEntry {
  /** One of `personas`; a voice, speed or tone beside it goes before it. */
  readonly persona?: string | undefined;
  readonly agent?: string | undefined;
  readonly instructionsFile?: string | undefined;
  readonly greeting?: string | undefined;
  readonly language?: string | undefined;
  /** Names and words of the business, for the transcription to expect. */
  readonly hints?: readonly string[] | undefined;
  /** The relay's own sentences in other words, or in another language. */
  readonly lines?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeZone?: string | undefined;
  /** `{ "mon-fri": "08:00-16:00", "sat": ["09:00-12:00", "22:00-02:00"] }`; a day that is not named is closed. */
  readonly hours?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** `2026-12-25`, or `12-25` for every year. */
  readonly closedOn?: readonly string[] | undefined;
  readonly outsideHours?: OutsideEntry | undefined;
  /** Null: to nobody, whatever the environment says. */
  readonly transferTo?: string | null | undefined;
  readonly mayTransferTo?: readonly string[] | undefined;
  /** Notes that the agent does not receive. */
  readonly notesOff?: readonly NoteKind[] | undefined;
}

export interface OutsideEntry {
  readonly say?: string | undefined;
  readonly action?: 'hang-up' | 'transfer' | undefined;
  /** Left out: the number's usual one. */
  readonly to?: string | undefined;
}

/** What the speech side lets a profile choose of the voice. */
export interface VoiceLimits {
  readonly names: readonly string[];
  /** A voice of the account's own, which is in no list. */
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
}

/** Without those that have a place of their own in the file. */
const LINES = Object.keys(fixedLineTexts('')).filter((name) => name !== 'greeting' && name !== 'closed');
const MOST_HINT_CHARACTERS = 1_000;

/** What a profiles.json says, or what is wrong with it, in sentences. */
export function parseProfileFile(text: string, around: FileSurroundings): ProfileFile | readonly string[] {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    // Only the place: the rest of the message quotes what stands there.
    const [place = 'at its end'] = /\(line \d+ column \d+\)/.exec(String(error)) ?? [];
    return [`profiles.json is no JSON ${place}. Look there for a missing quote, comma or brace.`];
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
  return data === undefined || problems.length > 0 ? problems : data;
}

// ---- each field for itself ----

function fileSchema(
  personas: readonly string[],
  { voices, problemWithAgentId }: FileSurroundings,
): z.ZodType<ProfileFile> {
  const phone = mustBe('a phone number such as +15551234567', (to) => phoneNumber(to) !== null);
  const sentence = mustBeText('a text of 1 to 500 characters', (text) => isWithin(text, 500));
  const isId = mustBeText('the ID of an agent', (id) => isWithin(id, 500));
  const { names, isOwn, speed, tone } = voices;
  const isNamed = mustBeOneOf('voice', names);
  const sound = {
    voice: value<string>((name) => (isOwn(String(name)) ? null : isNamed(name))).optional(),
    speed: value<number>(
      mustBe(
        `a number from ${speed.least} to ${speed.most}`,
        (x) => typeof x === 'number' && x >= speed.least && x <= speed.most,
      ),
    ).optional(),
    tone: value<string>(mustBeText(tone.form, tone.fits)).optional(),
  };
  const number = fields({
    persona: value<string>(mustBeOneOf('persona', personas)).optional(),
    ...sound,
    agent: value<string>((id) => isId(id) ?? problemWithAgentId(String(id))).optional(),
    instructionsFile: value<string>(
      mustBeText('the path of a text file', (path) => isWithin(path, 1_000)),
    ).optional(),
    greeting: value<string>(
      mustBeText('a text of at most 500 characters', (greeting) => greeting.length <= 500),
    ).optional(),
    language: value<string>(
      mustBeText('two letters, such as en or de, or empty', (code) => /^([a-z]{2})?$/.test(code)),
    ).optional(),
    hints: listOf(
      value<string>(mustBeText('a word or name of 1 to 100 characters', (hint) => isWithin(hint, 100))),
      100,
    ).optional(),
    lines: fields(
      Object.fromEntries(LINES.map((name) => [name, value<string>(sentence).optional()])),
    ).optional(),
    timeZone: value<string>(mustBeText('a time zone such as America/New_York', isTimeZone)).optional(),
    hours: byName(problemWithDays, value<string | string[]>(problemWithRanges)).optional(),
    closedOn: listOf(
      value<string>(mustBeText('a day such as 2026-12-25, or 12-25 for every year', isCalendarDay)),
      500,
    ).optional(),
    outsideHours: fields({
      say: value<string>(sentence).optional(),
      action: value<'hang-up' | 'transfer'>(
        mustBe('"hang-up" or "transfer"', (action) => action === 'hang-up' || action === 'transfer'),
      ).optional(),
      to: value<string>(phone).optional(),
    }).optional(),
    transferTo: value<string | null>((to) => (to === null ? null : phone(to))).optional(),
    mayTransferTo: listOf(value<string>(phone), 50).optional(),
    notesOff: listOf(value<NoteKind>(mustBeOneOf('kind of note', NOTE_KINDS)), NOTE_KINDS.length).optional(),
  });
  return fields({
    personas: byName(() => null, fields(sound)).optional(),
    numbers: byName(phone, number).optional(),
  });
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

/** What is wrong with an entry although each field may be right, by place within the entry. */
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

/** On the text itself: of two fields of one name, `JSON.parse` forgets the first without a word. */
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
