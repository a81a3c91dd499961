import { describe, expect, it } from 'vitest';
import { type Allowed, refusalByAllowList } from '../../../src/outbound/fences/allow-list.ts';
import { readCalleeNumber } from '../../../src/outbound/fences/callee-number.ts';
import {
  parseAllowList,
  parseCountries,
  parseQuietHours,
  problemWithAllowList,
  problemWithQuietHours,
} from '../../../src/outbound/fences/outbound-settings.ts';

function allowed(list: string): Allowed {
  return { allow: parseAllowList(list), countries: parseCountries(list) };
}

/** null where it may be called. */
function refusal(to: string, by: Allowed) {
  const read = readCalleeNumber(to);
  if (read.is === 'refused') throw new Error(read.refusal.message);
  return refusalByAllowList(read.number, by);
}

describe('refusalByAllowList', () => {
  it('allows nobody where nothing is set, and says what to set', () => {
    expect(refusal('+12125550123', allowed(''))).toMatchObject({
      code: 'not_allowed',
      message: expect.stringContaining('in OUTBOUND_ALLOW'),
    });
  });

  it('allows numbers and beginnings, to the digit', () => {
    const by = allowed('+1 (212) 555-0123, +4930*');
    expect(refusal('+12125550123', by)).toBeNull();
    expect(refusal('+4930901820', by)).toBeNull();
    expect(refusal('+12125550124', by)?.code).toBe('not_allowed');
    expect(refusal('+498912345678', by)?.code).toBe('not_allowed');
  });

  it('a number is no beginning of longer ones', () => {
    expect(refusal('+49309018201', allowed('+4930901820'))?.code).toBe('not_allowed');
  });

  it('allows the listed countries', () => {
    const by = allowed('us, de');
    expect(refusal('+12125550123', by)).toBeNull();
    expect(refusal('+4930901820', by)).toBeNull();
    // Shares +1 with the USA.
    expect(refusal('+18762345678', by)?.message).toContain('does not list JM');
  });

  it('allows what a number, a prefix or a country covers', () => {
    const by = allowed('+1212*, DE');
    expect(refusal('+12125550123', by)).toBeNull();
    expect(refusal('+4930901820', by)).toBeNull();
    expect(refusal('+13105550123', by)?.message).toContain('does not list US');
  });

  it('an entry admits a number that nobody has; a country does not', () => {
    expect(refusal('+15550001111', allowed('+1555000*'))).toBeNull();
    expect(refusal('+15550001111', allowed('+15550001111'))).toBeNull();
    expect(refusal('+15550001111', allowed('US,CA'))).toMatchObject({
      code: 'invalid_phone',
      field: 'to',
    });
  });

  it.each([
    ['+1*', '+12125550123', '+16042345678'],
    ['+12*', '+12125550123', '+12042345678'],
    ['+44*', '+442079460000', '+447400123456'],
    ['+8*', '+81312345678', '+821012345678'],
    ['+4930*', '+4930901820', '+49309018201'],
  ])('a prefix shorter than an area code, %s, admits the numbers of its country', (list, ...numbers) => {
    for (const number of numbers) expect([number, refusal(number, allowed(list))]).toEqual([number, null]);
  });

  it.each([
    ['+1*', '+18762345678'],
    ['+1*', '+14416123456'],
    ['+1*', '+17872345678'],
    ['+12*', '+12425551234'],
    ['+18*', '+18092345678'],
    ['+44*', '+447797712345'],
    ['+44*', '+447624123456'],
    ['+7*', '+77012345678'],
    // Of no country that is known.
    ['+1*', '+15550001111'],
    ['+8*', '+80012345678'],
  ])('%s does not admit %s, which shares its first digits at another price', (list, number) => {
    expect(refusal(number, allowed(list))?.code).toBe('not_allowed');
  });

  it('a prefix of an area code admits all of it', () => {
    expect(refusal('+18762345678', allowed('+1876*'))).toBeNull();
    expect(refusal('+447797712345', allowed('+447797*'))).toBeNull();
  });

  it('a number of no country is in no list of countries', () => {
    expect(refusal('+80012345678', allowed('US'))?.message).toContain('no country');
    expect(refusal('+80012345678', allowed('+80012345678'))).toBeNull();
  });
});

describe('settings', () => {
  it.each(['', '+15551234567', '+15551234567,+4930*', '+1*', ' +49 30 * , ', 'US,+4930*'])(
    'takes the list %j',
    (value) => {
      expect(problemWithAllowList(value)).toBeNull();
    },
  );

  it.each(['5551234567', '+', '*', '+*', '+49*30', '+0123456789', '+1555', '+1234567890123456', 'XX', 'USA'])(
    'names the entry that is wrong: %s',
    (entry) => {
      expect(problemWithAllowList(`+15551234567,${entry}`)).toContain(`"${entry}"`);
      expect(parseAllowList(entry)).toEqual([]);
    },
  );

  it('takes a bounded list', () => {
    expect(problemWithAllowList('+15551234567,'.repeat(10_001))).toContain('10000');
  });

  it('takes countries by two letters, in any case', () => {
    expect(parseCountries('US, +4930*, de')).toEqual(['US', 'DE']);
    expect(parseAllowList('US, +4930*')).toEqual([{ digits: '+4930', isPrefix: true }]);
  });

  it('takes quiet hours of less than a day, or none', () => {
    expect(problemWithQuietHours('21:00-08:00')).toBeNull();
    expect(problemWithQuietHours('off')).toBeNull();
    expect(parseQuietHours('off')).toBeNull();
    expect(parseQuietHours('21:00-08:00')).toEqual({ fromMinute: 21 * 60, toMinute: 32 * 60 });
    for (const value of ['', '21-8', '00:00-24:00', '21:00', '25:00-08:00', 'none'])
      expect(problemWithQuietHours(value)).toContain('21:00-08:00');
  });
});
