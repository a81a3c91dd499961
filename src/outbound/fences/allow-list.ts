// Which numbers may be called at all. By default none: a relay that anybody can make dial any number loses money overnight.
import type { Refusal } from '../../call/assignment.ts';
import type { CalleeNumber } from './callee-number.ts';
import type { AllowEntry } from './outbound-settings.ts';

export interface Allowed {
  readonly allow: readonly AllowEntry[];
  readonly countries: readonly string[];
}

/** Of countries that share a calling code, those whose numbers an ordinary tariff means by it. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  1: ['US', 'CA'],
  7: ['RU'],
  39: ['IT'],
  44: ['GB'],
  47: ['NO'],
  61: ['AU'],
  212: ['MA'],
  262: ['RE'],
  290: ['SH'],
  358: ['FI'],
  590: ['GP'],
  599: ['CW'],
};
/** Of a prefix after the calling code. A shorter one would admit the Caribbean with the USA, or Jersey with London. */
const AREA_CODE_DIGITS = 3;

export function refusalByAllowList(number: CalleeNumber, { allow, countries }: Allowed): Refusal | null {
  const { country, isAssigned } = number;
  if (allow.some((entry) => covers(entry, number))) return null;
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

function covers({ digits, isPrefix }: AllowEntry, number: CalleeNumber): boolean {
  if (!isPrefix) return number.e164 === digits;
  if (!number.e164.startsWith(digits)) return false;
  return digits.length >= 1 + number.callingCode.length + AREA_CODE_DIGITS || isOfItsCallingCode(number);
}

/** Whether the number is of the country that its calling code names. A number of no known country is not. */
function isOfItsCallingCode({ callingCode, country, countries }: CalleeNumber): boolean {
  const [only, ...others] = countries;
  const own = country ?? (others.length === 0 ? only : undefined);
  return own !== undefined && (OWN[callingCode]?.includes(own) ?? true);
}

function notAllowed(message: string): Refusal {
  return { code: 'not_allowed', message, field: 'to' };
}
