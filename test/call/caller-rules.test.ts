import { describe, expect, it } from 'vitest';
import { ANSWER_ALL, callerPattern, type CallerRules, treatmentOf } from '../../src/call/caller-rules.ts';

const treat = (rules: Partial<CallerRules>, from: string, callerProof?: 'verified' | 'failed') =>
  treatmentOf(
    { ...ANSWER_ALL, ...rules },
    {
      id: 'CI1',
      carrier: null,
      to: '+15550002222',
      parameters: {},
      from,
      ...(callerProof && { callerProof }),
    },
  );

describe('[O6] a caller', () => {
  it('is answered unless a rule says otherwise', () => {
    expect(treat({}, '+15551234567')).toBe('answer');
    expect(treat({}, 'anonymous')).toBe('answer');
    expect(treat({}, '+15551234567', 'failed')).toBe('answer');
  });

  it('is rejected if their number or its beginning is denied, even if it is allowed', () => {
    const rules = { deny: ['+15551234567', '+1900*'], allow: ['+1*'] };
    expect(treat(rules, '+15551234567')).toBe('reject');
    expect(treat(rules, '+19005551234')).toBe('reject');
    expect(treat(rules, '+15551234568')).toBe('answer');
    expect(treat(rules, '+155512345671')).toBe('answer');
  });

  it('is rejected if others are allowed and they are not', () => {
    expect(treat({ allow: ['+15551234567'] }, '+15551234567')).toBe('answer');
    expect(treat({ allow: ['+15551234567'] }, '+15551234568')).toBe('reject');
    expect(treat({ allow: ['+15551234567'] }, 'sip:+15551234567@example.com')).toBe('reject');
    expect(treat({ allow: [] }, '+15551234567')).toBe('reject');
  });

  it('who withholds their number is a caller of their own kind', () => {
    expect(treat({ deny: ['anonymous'] }, 'anonymous')).toBe('reject');
    expect(treat({ deny: ['anonymous'] }, '')).toBe('reject');
    expect(treat({ deny: ['anonymous'] }, '+15551234567')).toBe('answer');
    expect(treat({ allow: ['+1*', 'anonymous'] }, 'anonymous')).toBe('answer');
  });

  it.for(['answer', 'say', 'reject'] as const)(
    'whose number failed the check is treated by "%s"',
    (unverified) => {
      expect(treat({ unverified }, '+15551234567', 'failed')).toBe(unverified);
      expect(treat({ unverified }, '+15551234567', 'verified')).toBe('answer');
      expect(treat({ unverified }, '+15551234567')).toBe('answer');
      expect(treat({ unverified, deny: ['+15551234567'] }, '+15551234567', 'failed')).toBe('reject');
    },
  );
});

it.for([
  ['+1 (555) 123-4567', '+15551234567'],
  ['+1900*', '+1900*'],
  ['anonymous', 'anonymous'],
  ['*', null],
  ['+*', null],
  ['1900*', null],
  ['+1900', null],
  ['+1*900', null],
] as const)('callerPattern reads %s as %s', ([written, pattern]) => {
  expect(callerPattern(written)).toBe(pattern);
});
