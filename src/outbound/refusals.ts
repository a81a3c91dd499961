// Refusals of outbound calls that come neither from the request nor from a fence, each with what to do.
import type { Refusal } from '../call/assignment.ts';
import type { Placed } from '../call/call-control.ts';

export function refused(refusal: Refusal): Placed {
  return { is: 'refused', refusal };
}

export const OFF: Refusal = {
  code: 'outbound_off',
  message: 'Calling out is off. Set TWILIO_ACCOUNT_SID, TWILIO_PHONE_NUMBER and OUTBOUND_ALLOW.',
};

export const FULL: Refusal = {
  code: 'busy',
  message: 'MAX_CALLS are in progress, or the relay is stopping. Try again later.',
  retryAfterS: 30,
};

export const STORE_DOWN: Refusal = {
  code: 'busy',
  message:
    'The call could not be written down, so it is not placed: the call store is not there. Try again later.',
  retryAfterS: 30,
};

export const ERASED: Refusal = {
  code: 'idempotency_conflict',
  message: 'The call of this Idempotency-Key was erased. Use a new one for another call.',
  field: 'Idempotency-Key',
};

export const KEY_OF_ANOTHER: Refusal = {
  code: 'idempotency_conflict',
  message: 'This Idempotency-Key came with another request before. Use a new one for each call.',
  field: 'Idempotency-Key',
};
