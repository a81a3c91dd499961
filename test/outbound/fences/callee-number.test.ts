import { describe, expect, it } from 'vitest';
import { readCalleeNumber } from '../../../src/outbound/fences/callee-number.ts';

function number(written: string) {
  const read = readCalleeNumber(written);
  if (read.is === 'refused') throw new Error(read.refusal.message);
  return read.number;
}

/** `code: message`, or the number where it is not refused. */
function refusal(written: string): string {
  const read = readCalleeNumber(written);
  return read.is === 'number' ? read.number.e164 : `${read.refusal.code}: ${read.refusal.message}`;
}

describe('readCalleeNumber', () => {
  it.each([
    ['+49 (30) 901-820', '+4930901820', 'DE'],
    ['+1 212 555 0123', '+12125550123', 'US'],
    ['+44 20/7946.0000', '+442079460000', 'GB'],
    ['+1 876 234 5678', '+18762345678', 'JM'],
    ['+447624123456', '+447624123456', 'IM'],
    // The national prefix is no part of it.
    ['+8201012345678', '+821012345678', 'KR'],
    // Whole countries have numbers of four or five digits.
    ['+6834002', '+6834002', 'NU'],
    ['+18002345678', '+18002345678', 'US'],
  ])('%s is %s, of %s', (written, e164, country) => {
    expect(number(written)).toMatchObject({ e164, country, isAssigned: true });
  });

  it('knows the area code in North America only', () => {
    expect(number('+12125550123').areaCode).toBe('212');
    expect(number('+4930901820').areaCode).toBeNull();
  });

  it('marks a fictional number instead of refusing it, with all the countries where it may be', () => {
    const fictional = number('+15550001111');
    expect(fictional).toMatchObject({ isAssigned: false, country: null });
    expect(fictional.countries).toEqual(expect.arrayContaining(['US', 'CA', 'JM']));
    // Of the British regulator, for films.
    expect(number('+447700900123').isAssigned).toBe(false);
  });

  it('knows numbers of no country', () => {
    expect(number('+80012345678')).toMatchObject({ country: null, countries: [], isAssigned: true });
  });

  it.each([
    ['+19005551234', 'premium'],
    ['+448712345678', 'premium'],
    ['+33812345678', 'premium'],
    ['+12129761234', 'premium'],
    ['+491801234567', 'shared-cost'],
    ['+34902123456', 'shared-cost'],
    ['+447012345678', 'personal'],
    ['+15002345678', 'personal'],
    ['+443031234567', 'company-wide'],
    ['+870773111632', 'satellite'],
    ['+881612345678', 'satellite'],
    ['+88216123456', 'satellite'],
    ['+883510012345678', 'satellite'],
    ['+12125551212', 'directory'],
    ['+18005551212', 'directory'],
    ['+12129501234', "carrier's service"],
    ['+17002345678', "carrier's service"],
    ['+16002345678', "carrier's service"],
    ['+17102345678', "government's service"],
  ])('never %s: it is %s', (written, kind) => {
    expect(refusal(written)).toMatch(new RegExp(`^not_allowed: .*${kind}.*whatever OUTBOUND_ALLOW says`));
  });

  it.each(['+4990012345', '+19001115555', '+3489912345', '+15556661'])(
    'never one that nobody has, where its neighbours are of such a kind or it is no number: %s',
    (written) => {
      expect(refusal(written)).toMatch(/^(?:not_allowed|invalid_phone): /);
    },
  );

  it('an unassigned number among premium ones is one of them', () => {
    expect(refusal('+4990012345')).toMatch(/^not_allowed: .*premium/);
    expect(refusal('+19001115555')).toMatch(/^not_allowed: .*premium/);
  });

  it.each([
    '911',
    '112',
    '+112',
    '+1911',
    '+44999',
    '+49110',
    '+43112',
    '+61000',
    '+491101',
    '+19115550100',
    '+15559111234',
    '+491101234567',
    '+12122111234',
    '+12129111234',
    '+13104111234',
  ])('never for help, or what is short or begins so: %s', (written) => {
    expect(refusal(written)).toMatch(/^invalid_phone: .*short or an emergency number/);
  });

  it.each([
    ['0049 30 901820', 'needs its country code'],
    ['030 901820', 'needs its country code'],
    ['+999123456789', 'no country code that is in use'],
    ['+1212555012345', 'too few or too many'],
    ['+12125550123x5', 'no phone number'],
    ['tel:+12125550123', 'no phone number'],
    ['+1212555CALL', 'no phone number'],
    ['', 'no phone number'],
    ['+'.padEnd(5000, '1'), 'no phone number'],
  ])('refuses what is no number with its country code: %s', (written, why) => {
    expect(refusal(written)).toContain(`invalid_phone: The number`);
    expect(refusal(written)).toContain(why);
  });
});
