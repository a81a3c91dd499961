// Reads Twilio's forms, each field bounded or refused, and puts Twilio's words into the call's. The signature proves that
// Twilio sent a form; parts of it are still the caller's claims, such as the number that they call from.
import type { Request } from 'express';
import type { AnsweredBy } from '../call/assignment.ts';
import type { CallFacts, CallId, TransferOutcome } from '../call/call.ts';
import { isCallId, isOutboundId } from '../call/call-id.ts';
import type { CarrierStatus } from '../call/steering.ts';
import { cutText } from '../call/text.ts';

/** Twilio's own are CA and 32 hex digits; only what could do harm as a name is refused. */
const CALL_SID = /^CA[0-9A-Za-z]{1,64}$/;
/** E.164 has 15 digits; a SIP address or a client's name is longer. */
const MAX_PARTY_CHARS = 256;
const MOST_PARAMETERS = 20;
const MAX_PARAMETER_CHARS = 200;

/** A form field that came exactly once. */
export function field(req: Request, name: string): string | null {
  const form: Record<string, unknown> = req.body;
  const value = form[name];
  return typeof value === 'string' ? value : null;
}

export function sidOf(req: Request): string | null {
  const sid = field(req, 'CallSid');
  return sid !== null && CALL_SID.test(sid) ? sid : null;
}

/** The outbound call that the address names; null where it names none. */
export function outboundIdOf(req: Request): CallId | null {
  const callId = namedCallOf(req);
  return callId !== null && isOutboundId(callId) ? callId : null;
}

export function namedCallOf(req: Request): CallId | null {
  const { call } = req.query;
  return typeof call === 'string' && isCallId(call) ? call : null;
}

export function partiesOf(req: Request): { readonly from: string; readonly to: string } {
  const party = (name: 'From' | 'To'): string => cutText(field(req, name) ?? '', MAX_PARTY_CHARS);
  return { from: party('From'), to: party('To') };
}

/**
 * Twilio's SHAKEN/STIR verdict on the caller's number. Whole values only: "TN-Validation-Passed-A-Diverted" vouches
 * only for the party that forwarded the call. B and C mean that the carrier does not know the caller's right to the
 * number, as with most calls.
 */
export function callerProofOf(req: Request): Pick<CallFacts, 'callerProof'> {
  switch (field(req, 'StirVerstat')) {
    case 'TN-Validation-Passed-A':
      return { callerProof: 'verified' };
    case 'TN-Validation-Failed':
    case 'TN-Validation-Failed-A':
    case 'TN-Validation-Failed-B':
    case 'TN-Validation-Failed-C':
    case 'NULL':
      return { callerProof: 'failed' };
    default:
      return {};
  }
}

/** The query of the number's own webhook, which its user wrote there, and which was signed with the rest. */
export function parametersOf(req: Request): Record<string, string> {
  const texts = Object.entries(req.query).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(
    texts
      .slice(0, MOST_PARAMETERS)
      .map(([name, value]) => [cutText(name, MAX_PARAMETER_CHARS), cutText(value, MAX_PARAMETER_CHARS)]),
  );
}

/** What came of a transfer; null where neither the form nor the address, after a redirect of ours, is about one. */
export function transferOutcomeOf(req: Request): TransferOutcome | null {
  const status = field(req, 'DialCallStatus') ?? textIn(req.query, 'transfer');
  switch (status) {
    case null:
      return null;
    // Twilio says either; `completed` once the two have hung up.
    case 'answered':
    case 'completed':
      return 'answered';
    case 'busy':
    case 'no-answer':
      return status;
    default:
      return 'failed';
  }
}

function textIn(query: Request['query'], name: string): string | null {
  const value = query[name];
  return typeof value === 'string' ? value : null;
}

export function statusOf(req: Request): CarrierStatus {
  switch (field(req, 'CallStatus')) {
    case 'ringing':
      return 'ringing';
    case 'busy':
      return 'callee-busy';
    case 'no-answer':
      return 'no-answer';
    case 'failed':
      return 'unreachable';
    case 'canceled':
      return 'canceled';
    case 'completed':
      return 'no-stream';
    default:
      return 'under-way';
  }
}

/** Once `isMessageOver` the machine records. */
export function verdictOf(req: Request): { answeredBy: AnsweredBy; isMessageOver: boolean } {
  const answeredBy = field(req, 'AnsweredBy');
  switch (answeredBy) {
    case 'human':
    case 'fax':
      return { answeredBy, isMessageOver: false };
    case 'machine_start':
      return { answeredBy: 'machine', isMessageOver: false };
    case 'machine_end_beep':
    case 'machine_end_silence':
    case 'machine_end_other':
      return { answeredBy: 'machine', isMessageOver: true };
    default:
      return { answeredBy: 'unknown', isMessageOver: false };
  }
}
