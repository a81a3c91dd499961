// How a call stands, in Twilio's words, as the SDK has them.
import type { CallStatus } from 'twilio/lib/rest/api/v2010/account/call.js';
import type { CallEnd } from '../caller/caller.ts';

export function isFinal(status: CallStatus): boolean {
  return status !== 'queued' && status !== 'ringing' && status !== 'in-progress';
}

export function statusAfter(end: CallEnd): CallStatus {
  switch (end.how) {
    case 'busy':
    case 'failed':
    case 'no-answer':
    case 'canceled':
      return end.how;
    case 'caller-hung-up':
    case 'relay-hung-up':
    case 'time-limit':
      return 'completed';
  }
}

/** What the network of the callee answered at last; 200 where they picked up. */
export function sipCodeOf(status: CallStatus): string {
  switch (status) {
    case 'busy':
      return '486';
    case 'no-answer':
    case 'canceled':
      return '487';
    case 'failed':
      return '404';
    default:
      return '200';
  }
}
