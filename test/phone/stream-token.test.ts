import { describe, expect, it } from 'vitest';
import { StreamTokens } from '../../src/phone/stream-token.ts';

const NOW = 1_700_000_000_000.25;
const MINUTE = 60_000;

describe('[O3] a stream token', () => {
  it('opens the call it was made for, once', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue('CA1', NOW);
    expect(tokens.verify(token, 'CA1', NOW + 1000)).toBe(true);
    expect(tokens.verify(token, 'CA1', NOW + 1000)).toBe(false);
  });

  it('opens no other call, and is not used up by the attempt', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue('CA1', NOW);
    expect(tokens.verify(token, 'CA2', NOW)).toBe(false);
    expect(tokens.verify(token, 'CA1', NOW)).toBe(true);
  });

  it('is good for a minute', () => {
    const tokens = new StreamTokens('secret');
    expect(tokens.verify(tokens.issue('CA1', NOW), 'CA1', NOW + MINUTE - 1)).toBe(true);
    expect(tokens.verify(tokens.issue('CA1', NOW), 'CA1', NOW + MINUTE + 1)).toBe(false);
  });

  it('[R3] is accepted by another process with the same auth token, and by no other', () => {
    const token = new StreamTokens('secret').issue('CA1', NOW);
    expect(new StreamTokens('another').verify(token, 'CA1', NOW)).toBe(false);
    expect(new StreamTokens('secret').verify(token, 'CA1', NOW)).toBe(true);
  });

  it('is worth nothing once a part of it is changed', () => {
    const tokens = new StreamTokens('secret');
    const [expiry = '', nonce = '', seal = ''] = tokens.issue('CA1', NOW).split('.');
    const later = String(Number(expiry) + 1);
    for (const forged of [
      `${later}.${nonce}.${seal}`,
      `${expiry}.${nonce}x.${seal}`,
      `${expiry}.${nonce}.${seal.slice(1)}`,
      `${expiry}.${nonce}.`,
      `${expiry}.${nonce}`,
      `${expiry}.${nonce}.${seal}.${seal}`,
      '',
      '..',
    ]) {
      expect(tokens.verify(forged, 'CA1', NOW), forged).toBe(false);
    }
    // The same bytes written otherwise are the same token.
    expect(tokens.verify(`${expiry}.${nonce}.${seal}=`, 'CA1', NOW)).toBe(true);
    expect(tokens.verify(`${expiry}.${nonce}.${seal}`, 'CA1', NOW)).toBe(false);
  });

  it('fits a <Parameter>, which Twilio cuts at 500 characters', () => {
    expect(new StreamTokens('secret').issue(`CA${'0'.repeat(32)}`, NOW).length).toBeLessThan(100);
  });

  it('[R4] under a flood, is refused rather than taken twice, and the flood passes', () => {
    const tokens = new StreamTokens('secret');
    const first = tokens.issue('CA1', NOW);
    expect(tokens.verify(first, 'CA1', NOW)).toBe(true);
    for (let i = 1; i < 10_000; i++) tokens.verify(tokens.issue('CA1', NOW), 'CA1', NOW);
    expect(tokens.verify(tokens.issue('CA1', NOW), 'CA1', NOW)).toBe(false);
    expect(tokens.verify(first, 'CA1', NOW)).toBe(false);
    const later = NOW + MINUTE + 1;
    expect(tokens.verify(tokens.issue('CA1', later), 'CA1', later)).toBe(true);
  });
});
