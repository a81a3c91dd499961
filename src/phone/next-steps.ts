// What Twilio is told to do for each next step of a call: the call's words on one side, the telephone's on the other.
import type { CallFacts, NextStep } from '../call/call.ts';
import type { Answer } from './twiml.ts';

const APOLOGY = "I'm sorry, something went wrong on our side. Please call again later. Goodbye.";

/** By which Twilio knows the call; '' where nobody knows. */
export function sidOf(call: CallFacts): string {
  return call.carrier?.sid ?? '';
}

/** `token`: a new one for the call's next stream. */
export function answerFor(call: CallFacts, step: NextStep, token: () => string): Answer {
  const callId = call.id;
  if (typeof step !== 'string') {
    return step.type === 'transfer'
      ? {
          type: 'transfer',
          callId,
          to: step.to,
          say: step.say,
          callerId: call.outbound === undefined ? null : call.from,
        }
      : { type: 'send-digits', callId, digits: step.digits, token: token() };
  }
  switch (step) {
    case 'connect':
      return { type: 'connect', callId, token: token() };
    case 'busy':
      return { type: 'busy' };
    case 'hang-up':
      return { type: 'hang-up' };
    case 'ask-again':
      return { type: 'ask-again', callId };
    case 'apologise':
      return { type: 'say-and-hang-up', text: APOLOGY };
  }
}
