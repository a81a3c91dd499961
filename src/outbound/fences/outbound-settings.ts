// Parses the environment's settings for outbound calls. A problem is the end of a sentence that begins with the variable's name.
// A value with a problem must not be used: parsing ignores what it cannot read.
import { ungrouped } from '../../call/phone-number.ts';
import { type OpenRange, parseRange } from '../../call/hours.ts';
import { numberingPlan } from './numbering-plan.ts';

/** One entry of OUTBOUND_ALLOW: a number, or the beginning of many. */
export interface AllowEntry {
  readonly digits: string;
  readonly isPrefix: boolean;
}

export interface OutboundSettings {
  /** Numbers and prefixes of OUTBOUND_ALLOW. */
  readonly allow: readonly AllowEntry[];
  /** Its countries, as two capital letters each. */
  readonly countries: readonly string[];
  /** '' for none. */
  readonly doNotCallFile: string;
  /** By the callee's clock; null: at any hour. */
  readonly quietHours: OpenRange | null;
  readonly callsPerDay: number;
  readonly minutesPerDay: number;
}

const MOST_ENTRIES = 10_000;

export function problemWithAllowList(value: string): string | null {
  const entries = listed(value);
  if (entries.length > MOST_ENTRIES) return `may have ${MOST_ENTRIES} entries at most.`;
  const wrong = entries.find((entry) => allowEntry(entry) === null && !isCountry(entry));
  return wrong === undefined
    ? null
    : `may list numbers such as +15551234567, prefixes such as +4930* and countries such as US, with commas between them, but has "${wrong}".`;
}

export function parseAllowList(value: string): readonly AllowEntry[] {
  return listed(value).flatMap((entry) => allowEntry(entry) ?? []);
}

export function parseCountries(value: string): readonly string[] {
  return listed(value)
    .filter(isCountry)
    .map((country) => country.toUpperCase());
}

/** Refuses all day: nobody would look here for why no call is made. */
export function problemWithQuietHours(value: string): string | null {
  if (value === 'off') return null;
  const range = parseRange(value);
  return range !== null && range.toMinute - range.fromMinute < 24 * 60
    ? null
    : 'must be a range such as 21:00-08:00, less than a day, or "off".';
}

/** null for `off`. */
export function parseQuietHours(value: string): OpenRange | null {
  return parseRange(value);
}

function listed(value: string): string[] {
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function isCountry(entry: string): boolean {
  return /^[a-z]{2}$/i.test(entry) && numberingPlan().isSupportedCountry(entry.toUpperCase());
}

function allowEntry(entry: string): AllowEntry | null {
  const found = /^(?<digits>\+[1-9]\d{0,14})(?<star>\*?)$/.exec(ungrouped(entry))?.groups;
  if (found === undefined) return null;
  const { digits = '', star } = found;
  const isPrefix = star === '*';
  return isPrefix || digits.length >= 7 ? { digits, isPrefix } : null;
}
