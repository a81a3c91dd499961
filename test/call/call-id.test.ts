import { expect, it } from 'vitest';
import {
  browserIdOf,
  inboundIdOf,
  isCallId,
  isOutboundId,
  newOutboundId,
  viaOf,
} from '../../src/call/call-id.ts';

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

it('derives the same ID of a browser call from the same session, and tells what carries a call', () => {
  expect(browserIdOf('a-session')).toBe(browserIdOf('a-session'));
  expect(browserIdOf('a-session')).not.toBe(browserIdOf('another'));
  expect(isCallId(browserIdOf('a-session'))).toBe(true);
  const ids = [browserIdOf('a-session'), inboundIdOf(SID), newOutboundId()];
  expect(ids.map(viaOf)).toEqual(['browser', 'phone', 'phone']);
});

it.each([SID, '', 'CO1', `${inboundIdOf(SID)}0`, `x${inboundIdOf(SID)}`])(
  'recognises no call in %j',
  (name) => {
    expect(isCallId(name)).toBe(false);
    expect(isOutboundId(name)).toBe(false);
  },
);
