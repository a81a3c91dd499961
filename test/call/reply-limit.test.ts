import { expect, it } from 'vitest';
import { ReplyLimit } from '../../src/call/reply-limit.ts';

it('takes what an agent writes up to 10,000 characters, and cuts the delta that goes beyond them', () => {
  const limit = new ReplyLimit();
  expect(limit.hasTaken).toBe(false);
  expect(limit.cut('a'.repeat(9_998))).toHaveLength(9_998);
  expect(limit).toMatchObject({ hasTaken: true, isReached: false });
  expect(limit.cut(`b${'c'.repeat(1_000_000)}`)).toBe('bc');
  expect(limit.isReached).toBe(true);
  expect(limit.cut('more')).toBe('');
});

it('splits no character', () => {
  const limit = new ReplyLimit();
  limit.cut('a'.repeat(9_999));
  expect(limit.cut('🌹🌹')).toBe('');
  expect(limit.isReached).toBe(true);
});
