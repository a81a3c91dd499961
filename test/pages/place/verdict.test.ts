import { describe, expect, it } from 'vitest';
import { partOf, retryAtOf, whereIs } from '../../../src/pages/browser/place/verdict.ts';

const NOW = Date.parse('2026-11-30T04:30:00Z');

describe('what the server says of a draft', () => {
  it.each([
    ['to', 'to'],
    ['task.prompt', 'prompt'],
    ['task.context', 'facts'],
    ['task.context.at', 'facts'],
    ['voicemailMessage', 'message'],
    ['metadata.order', 'metadata'],
    ['Idempotency-Key', null],
  ])('a refusal of %s belongs to the part %s of the form', (field, part) => {
    expect(partOf({ code: 'invalid_request', message: '', field })).toBe(part);
  });

  it('waits for the last of what passes by itself', () => {
    const refusal = { code: 'rate_limited', message: '' };
    expect(retryAtOf([refusal], NOW)).toBeNull();
    const waits = [refusal, { ...refusal, retryAfterS: 5 }, { ...refusal, retryAfterS: 90 }];
    expect(retryAtOf(waits, NOW)).toBe(NOW + 90_000);
  });

  it('says where the number is, and what time it is there, over midnight too', () => {
    expect(whereIs({ country: 'DE', timeZones: ['Europe/Berlin'] }, NOW)).toBe('Germany, 05:30 there');
    expect(whereIs({ country: 'US', timeZones: ['America/New_York', 'Pacific/Honolulu'] }, NOW)).toBe(
      'United States, 18:30 to 23:30 there',
    );
    const overMidnight = ['Europe/Moscow', 'America/New_York'];
    expect(whereIs({ country: 'US', timeZones: overMidnight }, NOW)).toBe(
      'United States, 23:30 to 07:30 there',
    );
    expect(whereIs({ country: null, timeZones: overMidnight }, NOW)).toBe('Country not known');
  });
});
