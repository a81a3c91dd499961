import { describe, expect, it } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import type { CallFacts } from '../../src/call/call.ts';
import { firstCallOf, firstFactsOf } from '../../src/phone/first-stream.ts';
import { StreamTokens } from '../../src/phone/stream-token.ts';

const NOW = 1_700_000_000_000;
const SID = `CA${'0'.repeat(32)}`;
const CALL: CallFacts = {
  id: inboundIdOf(SID),
  carrier: { sid: SID },
  from: '+15550001',
  to: 'sip:shop@example.com',
  callerProof: 'failed',
  parameters: { branch: 'Zürich.1' },
};
const NAMED = { callId: CALL.id, sid: SID };

describe('[O10] the first stream of a call', () => {
  it('brings all that the webhook said, sealed', () => {
    const tokens = new StreamTokens('secret');
    const token = tokens.issue(NAMED, NOW, firstFactsOf(CALL));
    const proven = new StreamTokens('secret').verify(token, SID, NOW);
    expect(firstCallOf(proven?.facts ?? '', NAMED)).toEqual(CALL);
    const parts = token.split('.');
    parts[3] = firstFactsOf({ ...CALL, to: '+15550009' });
    expect(tokens.verify(parts.join('.'), SID, NOW)).toBeNull();
  });

  it('is like any other if that does not fit a <Parameter>', () => {
    const long = { ...CALL, parameters: { note: 'x'.repeat(300) } };
    expect([firstFactsOf(long), firstCallOf('', NAMED)]).toEqual(['', null]);
    const longest = { ...CALL, parameters: { note: 'x'.repeat(150) } };
    const facts = firstFactsOf(longest);
    expect(facts).not.toBe('');
    expect(new StreamTokens('secret').issue(NAMED, NOW, facts).length).toBeLessThan(500);
  });
});
