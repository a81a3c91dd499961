// Which numbers may be called at all. By default none: a relay that anybody can make dial any number loses money overnight.
import type { Refusal } from '../../call/assignment.ts';
import type { CalleeNumber } from './callee-number.ts';
import type { AllowEntry } from './outbound-settings.ts';

export interface Allowed {
  readonly allow: readonly AllowEntry[];
  readonly countries: readonly string[];
}

export function refusalByAllowList(
  { e164, country, isAssigned }: CalleeNumber,
  { allow, countries }: Allowed,
): Refusal | null {
  if (allow.some((entry) => covers(entry, e164))) return null;
  if (countries.length === 0) {
    return notAllowed(
      allow.length === 0
        ? 'Nobody may be called yet: list numbers, prefixes such as +4930* or countries such as US in OUTBOUND_ALLOW.'
        : 'OUTBOUND_ALLOW does not cover this number: add it, a prefix such as +4930* or its country.',
    );
  }
  if (!isAssigned) {
    return {
      code: 'invalid_phone',
      message:
        'The number is not in use as far as is known. If it is, add it or its prefix to OUTBOUND_ALLOW.',
      field: 'to',
    };
  }
  if (country === null)
    return notAllowed('The number belongs to no country: add it or its prefix to OUTBOUND_ALLOW.');
  return countries.includes(country)
    ? null
    : notAllowed(`OUTBOUND_ALLOW does not list ${country}, where this number is: add it.`);
}

function covers({ digits, isPrefix }: AllowEntry, e164: string): boolean {
  return isPrefix ? e164.startsWith(digits) : e164 === digits;
}

function notAllowed(message: string): Refusal {
  return { code: 'not_allowed', message, field: 'to' };
}
