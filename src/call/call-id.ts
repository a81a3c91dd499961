// The names of calls: ours from the first moment, whatever carries the call. `CO…` is an outbound call, `CI…` an inbound
// one, `CB…` one from a browser. Twilio's own names begin with `CA`, so that no name can be taken for one of another kind.
import { createHash, randomBytes } from 'node:crypto';
import type { CallId } from './call.ts';

const OUTBOUND_ID = /^CO[0-9a-f]{32}$/;
const INBOUND_ID = /^CI[0-9a-f]{32}$/;
const BROWSER_ID = /^CB[0-9a-f]{32}$/;

/** What carries a call. */
export type CallVia = 'phone' | 'browser';

/** Random: the call exists before the carrier knows of it. */
export function newOutboundId(): CallId {
  return `CO${randomBytes(16).toString('hex')}`;
}

/**
 * Derived from the carrier's SID of the call. Twilio asks about an inbound call by that SID alone, twice, and any process,
 * also after a `kill -9`: each finds the same call without a look-up, and before anything was written about it.
 */
export function inboundIdOf(sid: string): CallId {
  return `CI${digestOf(sid)}`;
}

/** Derived from its session: a browser that comes back finds its call at any process. */
export function browserIdOf(sessionId: string): CallId {
  return `CB${digestOf(sessionId)}`;
}

export function isOutboundId(name: string): boolean {
  return OUTBOUND_ID.test(name);
}

export function isBrowserId(name: string): boolean {
  return BROWSER_ID.test(name);
}

export function viaOf(callId: CallId): CallVia {
  return isBrowserId(callId) ? 'browser' : 'phone';
}

export function isCallId(name: string): boolean {
  return OUTBOUND_ID.test(name) || INBOUND_ID.test(name) || BROWSER_ID.test(name);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
