// Reads a phone number and its kind. The numbering plan is the library's and ages with it: a number that it does not know may be
// new, or fictional (+1 555), so it is only marked as unassigned, and needs an entry of OUTBOUND_ALLOW. Numbers that cost extra
// and emergency numbers are refused, whatever OUTBOUND_ALLOW says.
import type { PhoneNumber, PhoneNumberType } from 'libphonenumber-js/max';
import { ungrouped } from '../../call/phone-number.ts';
import type { Refusal } from '../../call/assignment.ts';
import { numberingPlan } from './numbering-plan.ts';

export interface CalleeNumber {
  readonly e164: string;
  /** Two letters; null if it has none, or several countries share its calling code. */
  readonly country: string | null;
  /** Its country, or those that share its calling code; may be empty. */
  readonly countries: readonly string[];
  /** The three digits after +1; null elsewhere. */
  readonly areaCode: string | null;
  /** The digits before the national part, without the plus. */
  readonly callingCode: string;
  readonly isAssigned: boolean;
}

export type ReadNumber =
  | { readonly is: 'number'; readonly number: CalleeNumber }
  | { readonly is: 'refused'; readonly refusal: Refusal };

const NEVER: Partial<Record<PhoneNumberType, string>> = {
  PREMIUM_RATE: 'a premium-rate number',
  SHARED_COST: 'a shared-cost number',
  PERSONAL_NUMBER: 'a personal number, which rings elsewhere at a price of its own',
  PAGER: 'a pager',
  UAN: 'a company-wide access number, whose price nobody can tell',
  VOICEMAIL: 'the access to a voice mailbox',
};
const LONGEST_WRITTEN = 40;
/** A shorter number is called only if the numbering plan knows it. */
const FEWEST_NATIONAL_DIGITS = 6;
/** Emergency and service numbers, by the beginning of the national part; no assigned number begins so. */
const LIKE_EMERGENCY = /^(?:000|11\d|911|999)/;
/** N11 as area code or exchange: 911 and its like. */
const NORTH_AMERICAN_SERVICE = /^(?:[2-9]11|\d{3}[2-9]11)/;
/** By area code, exchange or line; the numbering plan lists most of them as ordinary. */
const NORTH_AMERICAN_NEVER: readonly (readonly [RegExp, string])[] = [
  [/^(?:900|\d{3}976)/, 'a premium-rate number'],
  [/^\d{3}5551212/, 'directory assistance'],
  [/^(?:456|600|700|\d{3}950)/, "a carrier's service"],
  [/^710/, "a government's service"],
];
const SATELLITE = 'a satellite phone or an international network';
const NEVER_BY_CALLING_CODE: Readonly<Record<string, string>> = {
  870: SATELLITE,
  878: 'a personal number, which rings elsewhere at a price of its own',
  881: SATELLITE,
  882: SATELLITE,
  883: SATELLITE,
};

/** Expects the country code; spaces, hyphens, dots, slashes and parentheses may group the digits. */
export function readCalleeNumber(written: string): ReadNumber {
  if (written.length > LONGEST_WRITTEN || !/^\s*\+?[\d\s().\-/]+$/.test(written))
    return invalid('is no phone number: write it as +15551234567.');
  const digits = ungrouped(written).replaceAll('/', '');
  if (/^\+?\d{0,6}$/.test(digits)) return short();
  if (!/^\+[1-9]/.test(digits)) return invalid('needs its country code: write it as +15551234567.');
  const parsed = numberingPlan().parsePhoneNumberFromString(digits, { extract: false });
  if (parsed === undefined) return invalid('has no country code that is in use.');
  if (!parsed.isPossible())
    return parsed.nationalNumber.length < FEWEST_NATIONAL_DIGITS
      ? short()
      : invalid('has too few or too many digits for its country.');

  const type = parsed.getType();
  const isAssigned = type !== undefined;
  if (isLikeEmergency(parsed, isAssigned)) return short();
  const kind = kindByNumber(parsed) ?? (isAssigned ? NEVER[type] : kindOfUnassigned(parsed));
  if (kind !== undefined) return never(kind);
  return {
    is: 'number',
    number: {
      e164: parsed.number,
      country: parsed.country ?? null,
      countries: parsed.country === undefined ? parsed.getPossibleCountries() : [parsed.country],
      areaCode: parsed.countryCallingCode === '1' ? parsed.nationalNumber.slice(0, 3) : null,
      callingCode: parsed.countryCallingCode,
      isAssigned,
    },
  };
}

function isLikeEmergency({ countryCallingCode, nationalNumber }: PhoneNumber, isAssigned: boolean): boolean {
  if (countryCallingCode === '1' && NORTH_AMERICAN_SERVICE.test(nationalNumber)) return true;
  return (
    !isAssigned && (nationalNumber.length < FEWEST_NATIONAL_DIGITS || LIKE_EMERGENCY.test(nationalNumber))
  );
}

/** What must never be called, whatever the numbering plan says of it. */
function kindByNumber({ countryCallingCode, nationalNumber }: PhoneNumber): string | undefined {
  if (countryCallingCode !== '1') return NEVER_BY_CALLING_CODE[countryCallingCode];
  return NORTH_AMERICAN_NEVER.find(([numbers]) => numbers.test(nationalNumber))?.[1];
}

/**
 * The forbidden kind of the nearest assigned numbers, which share the longest beginning with this one: +1 900 555 … is
 * premium rate even if it is not assigned.
 */
function kindOfUnassigned({ countryCallingCode, nationalNumber }: PhoneNumber): string | undefined {
  const numberOf = (national: string) =>
    numberingPlan().parsePhoneNumberFromString(`+${countryCallingCode}${national}`, { extract: false });
  const lengths = [-2, -1, 0, 1, 2, 3]
    .map((more) => nationalNumber.length + more)
    .filter((length) => numberOf(nationalNumber.slice(0, length).padEnd(length, '2'))?.isPossible() === true);
  for (let kept = nationalNumber.length; kept > 0; kept--) {
    const beginning = nationalNumber.slice(0, kept);
    const types = lengths
      .filter((length) => length >= kept)
      .flatMap((length) => Array.from('0123456789', (fill) => numberOf(beginning.padEnd(length, fill))))
      .flatMap((neighbour) => neighbour?.getType() ?? []);
    if (types.length > 0) return types.map((type) => NEVER[type]).find((kind) => kind !== undefined);
  }
  return undefined;
}

function short(): ReadNumber {
  return invalid('is a short or an emergency number, or begins as one: these are never called.');
}

function invalid(why: string): ReadNumber {
  return { is: 'refused', refusal: { code: 'invalid_phone', message: `The number ${why}`, field: 'to' } };
}

function never(kind: string): ReadNumber {
  const message = `The number is ${kind}: these are never called, whatever OUTBOUND_ALLOW says.`;
  return { is: 'refused', refusal: { code: 'not_allowed', message, field: 'to' } };
}
