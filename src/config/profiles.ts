// Profiles let one process answer for several businesses: the called number decides which agent answers, in which voice,
// and when. A setting that profiles.json leaves out comes from the environment.
import { ANSWER_ALL, callerPattern, type CallerRules } from '../call/caller-rules.ts';
import { fixedLineTexts, type FixedLineTexts } from '../call/fixed-lines.ts';
import { ownTimeZone, parseDays, parseRange, type Hours } from '../call/hours.ts';
import type { NoteKind } from '../call/notes.ts';
import { phoneNumber } from '../call/phone-number.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { Wishes } from '../call/wishes.ts';
import type { Config } from './environment.ts';
import {
  type FileSurroundings,
  parseProfileFile,
  type NumberEntry,
  type PersonaEntry,
  type ProfileFile,
} from './profile-file.ts';

export interface Persona {
  readonly voice: string;
  /** 1 is the voice's own speed. */
  readonly speed: number;
  /** As in "a tone of voice that is calm and unhurried"; '' for none. */
  readonly tone: string;
}

export interface Profile extends Persona {
  /** The called number in E.164, or `default`. */
  readonly name: string;
  readonly agentId: string;
  readonly instructionsFile: string;
  /** '' if the agent speaks first. */
  readonly greeting: string;
  /** Two letters; '' to let the transcription detect it. */
  readonly language: string;
  /** Names and words that transcription should expect. */
  readonly hints: readonly string[];
  /** The relay's sentences that differ from its usual ones; `closed` is spoken outside hours. */
  readonly lines: Partial<FixedLineTexts>;
  readonly hasThinkingSound: boolean;
  readonly timeZone: string;
  readonly hours: Hours | null;
  /** What follows the line `closed`. */
  readonly outside: { readonly action: 'hang-up' } | { readonly action: 'transfer'; readonly to: string };
  readonly transfers: TransferTargets;
  /** Which callers are answered. */
  readonly callers: CallerRules;
  /** What becomes of an inbound call once the day's budget is spent. */
  readonly overBudget: 'answer' | 'say' | 'transfer';
  readonly notesOff: readonly NoteKind[];
  /** T11: whether the agent is asked ahead of time; null if its kind decides. */
  readonly speculate: boolean | null;
  /** Of its inbound calls; `summary` of its outbound ones, too. */
  readonly wishes: Wishes;
}

export interface Profiles {
  readonly default: Profile;
  readonly byNumber: ReadonlyMap<string, Profile>;
  readonly all: readonly Profile[];
  of(calledNumber: string): Profile;
}

export type ProfileDefaults = Pick<
  Config,
  | 'agentId'
  | 'agentInstructionsFile'
  | 'realtimeVoice'
  | 'language'
  | 'greeting'
  | 'timeZone'
  | 'transferNumber'
  | 'notesOff'
>;

const CLOSED_AND_TRANSFERRED = 'We are closed right now. I am connecting you to our on-call line.';

/**
 * `text` is the content of profiles.json, or null without one.
 *
 * @param sides what the speech and agent sides accept.
 * @throws {ConfigError} naming every problem at once.
 */
export function loadProfiles(
  text: string | null,
  defaults: ProfileDefaults,
  sides: Omit<FileSurroundings, 'transferNumber'>,
): Profiles {
  const { transferNumber } = defaults;
  const file: ProfileFile = text === null ? {} : parseProfileFile(text, { transferNumber, ...sides });

  const personas = new Map(Object.entries(file.personas ?? {}));
  const byNumber = new Map<string, Profile>();
  for (const [written, entry] of Object.entries(file.numbers ?? {})) {
    const number = phoneNumber(written) ?? written;
    byNumber.set(number, profile(number, entry, personas.get(entry.persona ?? '') ?? {}, defaults));
  }
  const usual = profile('default', {}, {}, defaults);
  return {
    default: usual,
    byNumber,
    all: [usual, ...byNumber.values()],
    of: (calledNumber) => byNumber.get(calledNumber) ?? usual,
  };
}

/** Equal for profiles that sound alike, which share their synthesised lines. */
export function soundKey({ voice, speed, tone }: Persona): string {
  return JSON.stringify([voice, speed, tone]);
}

function profile(
  name: string,
  entry: NumberEntry,
  persona: PersonaEntry,
  defaults: ProfileDefaults,
): Profile {
  const timeZone = entry.timeZone ?? (defaults.timeZone === '' ? ownTimeZone() : defaults.timeZone);
  const transfers = transfersOf(entry, defaults.transferNumber);
  const outside = outsideOf(entry, transfers);
  const closed =
    entry.outsideHours?.say ??
    (outside.action === 'transfer' ? CLOSED_AND_TRANSFERRED : fixedLineTexts('').closed);
  return frozen({
    name,
    agentId: entry.agent ?? defaults.agentId,
    instructionsFile: entry.instructionsFile ?? defaults.agentInstructionsFile,
    voice: entry.voice ?? persona.voice ?? defaults.realtimeVoice,
    speed: entry.speed ?? persona.speed ?? 1,
    tone: (entry.tone ?? persona.tone ?? '').trim(),
    greeting: entry.greeting ?? defaults.greeting,
    language: entry.language ?? defaults.language,
    hints: (entry.hints ?? []).map((hint) => hint.replace(/\s+/g, ' ').trim()),
    lines: { ...entry.lines, closed },
    hasThinkingSound: entry.thinkingSound ?? true,
    timeZone,
    hours: entry.hours === undefined ? null : hoursOf(entry.hours, timeZone, entry.closedOn ?? []),
    outside,
    transfers,
    callers: callersOf(entry),
    overBudget: entry.overBudget ?? 'answer',
    notesOff: entry.notesOff ?? defaults.notesOff,
    wishes: {
      result: entry.result ?? null,
      callbackUrl: entry.callbackUrl ?? null,
      summary: entry.summary ?? false,
    },
    speculate: entry.speculate ?? null,
  });
}

function hoursOf(
  written: NonNullable<NumberEntry['hours']>,
  timeZone: string,
  closedOn: readonly string[],
): Hours {
  const open = Array.from({ length: 7 }, (_, day) =>
    Object.entries(written)
      .filter(([days]) => parseDays(days)?.includes(day))
      .flatMap(([, ranges]) => ranges)
      .flatMap((range) => parseRange(range) ?? []),
  );
  return { timeZone, open, closedOn };
}

function transfersOf(entry: NumberEntry, transferNumber: string): TransferTargets {
  const written = entry.transferTo === undefined ? transferNumber : (entry.transferTo ?? '');
  const usual = phoneNumber(written);
  const allowed = [written, ...(entry.mayTransferTo ?? [])].flatMap((to) => phoneNumber(to) ?? []);
  return { usual, allowed: [...new Set(allowed)] };
}

function callersOf({ callers = {} }: NumberEntry): CallerRules {
  const patterns = (written: readonly string[]): string[] =>
    written.flatMap((one) => callerPattern(one) ?? []);
  return {
    allow: callers.allow === undefined ? null : patterns(callers.allow),
    deny: patterns(callers.deny ?? []),
    unverified: callers.unverified ?? ANSWER_ALL.unverified,
  };
}

function outsideOf({ outsideHours }: NumberEntry, { usual }: TransferTargets): Profile['outside'] {
  const to = outsideHours?.to === undefined ? usual : phoneNumber(outsideHours.to);
  return outsideHours?.action === 'transfer' && to !== null
    ? { action: 'transfer', to }
    : { action: 'hang-up' };
}

function frozen<T extends object>(whole: T): Readonly<T> {
  for (const part of Object.values(whole)) if (typeof part === 'object' && part !== null) frozen(part);
  return Object.freeze(whole);
}
