import { describe, expect, it } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { StreamTokens } from '../../src/phone/stream-token.ts';

const NOW = 1_700_000_000_000.25;
const MINUTE = 60_000;
const CALL = { callId: inboundIdOf('CA1'), sid: 'CA1' };
const CALL_OUT = { callId: `CO${'0f'.repeat(16)}`, sid: 'CA1' };

describe('[O3] a stream token', () => {
  it('opens the call it was made for, once', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue(CALL, NOW);
    expect(tokens.verify(token, 'CA1', NOW + 1000)).toEqual({ callId: CALL.callId, facts: '' });
    expect(tokens.verify(token, 'CA1', NOW + 1000)).toBeNull();
  });

  it('opens no other call, and is not used up by the attempt', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue(CALL, NOW);
    expect(tokens.verify(token, 'CA2', NOW)).toBeNull();
    expect(tokens.verify(token, 'CA1', NOW)).toEqual({ callId: CALL.callId, facts: '' });
  });

  it('names an outbound call, for its own stream only', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue(CALL_OUT, NOW);
    expect(tokens.verify(token, 'CA2', NOW)).toBeNull();
    expect(tokens.verify(token, CALL_OUT.callId, NOW)).toBeNull();
    expect(tokens.verify(token, 'CA1', NOW)).toEqual({ callId: CALL_OUT.callId, facts: '' });
    expect(tokens.verify(token, 'CA1', NOW)).toBeNull();
  });

  it('is good for a minute', () => {
    const tokens = new StreamTokens('secret');
    expect(tokens.verify(tokens.issue(CALL, NOW), 'CA1', NOW + MINUTE - 1)).toEqual({
      callId: CALL.callId,
      facts: '',
    });
    expect(tokens.verify(tokens.issue(CALL, NOW), 'CA1', NOW + MINUTE + 1)).toBeNull();
  });

  it('[R3] is accepted by another process with the same auth token, and by no other', () => {
    const token = new StreamTokens('secret').issue(CALL_OUT, NOW);
    expect(new StreamTokens('another').verify(token, 'CA1', NOW)).toBeNull();
    expect(new StreamTokens('secret').verify(token, 'CA1', NOW)).toEqual({
      callId: CALL_OUT.callId,
      facts: '',
    });
  });

  it.each([
    ['an inbound call', CALL],
    ['an outbound call', CALL_OUT],
  ])('of %s is refused once a part of it is changed', (_, call) => {
    const tokens = new StreamTokens('secret');
    const [expiry = '', nonce = '', callId = '', , seal = ''] = tokens.issue(call, NOW).split('.');
    const later = String(Number(expiry) + 1);
    const otherId = call === CALL ? CALL_OUT.callId : '';
    for (const forged of [
      `${later}.${nonce}.${callId}..${seal}`,
      `${expiry}.${nonce}x.${callId}..${seal}`,
      `${expiry}.${nonce}.${otherId}..${seal}`,
      `${expiry}.${nonce}.${callId}..${seal.slice(1)}`,
      `${expiry}.${nonce}.${callId}..`,
      `${expiry}.${nonce}.${callId}.fact.${seal}`,
      `${expiry}.${nonce}.${callId}.${seal}`,
      `${expiry}.${nonce}.${seal}`,
      `${expiry}.${nonce}.${callId}..${seal}.${seal}`,
      '',
      '...',
    ]) {
      expect(tokens.verify(forged, 'CA1', NOW), forged).toBeNull();
    }
    // A part that moves over to the CallSid is another claim.
    expect(tokens.verify(`${expiry}.${nonce}...${seal}`, `${callId}.CA1`, NOW)).toBeNull();
    // The same bytes written otherwise are the same token.
    expect(tokens.verify(`${expiry}.${nonce}.${callId}..${seal}=`, 'CA1', NOW)).toEqual({
      callId: call.callId,
      facts: '',
    });
    expect(tokens.verify(`${expiry}.${nonce}.${callId}..${seal}`, 'CA1', NOW)).toBeNull();
  });

  it('fits a <Parameter>, which Twilio cuts at 500 characters', () => {
    expect(
      new StreamTokens('secret').issue({ ...CALL_OUT, sid: `CA${'0'.repeat(32)}` }, NOW).length,
    ).toBeLessThan(150);
  });

  it('[R4] under a flood, is refused rather than taken twice, and the flood passes', () => {
    const tokens = new StreamTokens('secret');
    const first = tokens.issue(CALL, NOW);
    expect(tokens.verify(first, 'CA1', NOW)).toEqual({ callId: CALL.callId, facts: '' });
    for (let i = 1; i < 10_000; i++) tokens.verify(tokens.issue(CALL, NOW), 'CA1', NOW);
    expect(tokens.verify(tokens.issue(CALL, NOW), 'CA1', NOW)).toBeNull();
    expect(tokens.verify(first, 'CA1', NOW)).toBeNull();
    const later = NOW + MINUTE + 1;
    expect(tokens.verify(tokens.issue(CALL, later), 'CA1', later)).toEqual({
      callId: CALL.callId,
      facts: '',
    });
  });
});
