import { expect, it } from 'vitest';
import { inboundIdOf, isCallId, isOutboundId, newOutboundId } from '../../src/call/call-id.ts';

const SID = `CA${'0'.repeat(32)}`;

it('gives every outbound call an ID of its own, and recognises it', () => {
  expect(newOutboundId()).not.toBe(newOutboundId());
  expect(isOutboundId(newOutboundId())).toBe(true);
  expect(isCallId(newOutboundId())).toBe(true);
});

it('[R3] derives the same inbound ID from the same SID in every process, and another from another SID', () => {
  expect(inboundIdOf(SID)).toBe('CI5240eab09cb8f9352c2aec9ddce75864');
  expect(inboundIdOf(`${SID}0`)).not.toBe(inboundIdOf(SID));
  expect(isCallId(inboundIdOf(SID))).toBe(true);
  expect(isOutboundId(inboundIdOf(SID))).toBe(false);
});

it.each([SID, '', 'CO1', `${inboundIdOf(SID)}0`, `x${inboundIdOf(SID)}`])(
  'recognises no call in %j',
  (name) => {
    expect(isCallId(name)).toBe(false);
    expect(isOutboundId(name)).toBe(false);
  },
);
