// The names of calls: ours from the first moment, whatever carries the call. `CO…` is an outbound call, `CI…` an inbound
// one. Twilio's own names begin with `CA`, so that no name can be taken for one of another kind.
import { createHash, randomBytes } from 'node:crypto';
import type { CallId } from './call.ts';

const OUTBOUND_ID = /^CO[0-9a-f]{32}$/;
const INBOUND_ID = /^CI[0-9a-f]{32}$/;

/** Random: the call exists before the carrier knows of it. */
export function newOutboundId(): CallId {
  return `CO${randomBytes(16).toString('hex')}`;
}

/**
 * Derived from the carrier's SID of the call. Twilio asks about an inbound call by that SID alone, twice, and any process,
 * also after a `kill -9`: each finds the same call without a look-up, and before anything was written about it.
 */
export function inboundIdOf(sid: string): CallId {
  return `CI${createHash('sha256').update(sid).digest('hex').slice(0, 32)}`;
}

export function isOutboundId(name: string): boolean {
  return OUTBOUND_ID.test(name);
}

export function isCallId(name: string): boolean {
  return OUTBOUND_ID.test(name) || INBOUND_ID.test(name);
}
