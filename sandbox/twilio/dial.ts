// A second telephone for a call: it rings, the person who answers hears the relay's message, and then the two
// are joined. What they say to each other goes past the relay, so nothing of it sounds here.
import type { Caller } from '../caller/caller.ts';
import type { Callee } from './callee.ts';
import type { Verb } from './twiml.ts';
import { TwilioViolation } from './violation.ts';
import type { Form, TwilioWebhooks } from './webhooks.ts';

/** How a `<Dial>` ended, as `DialCallStatus` has it. */
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

export interface DialParts {
  readonly webhooks: TwilioWebhooks;
  readonly caller: Caller;
  readonly form: Form;
  readonly newSid: (prefix: 'CA') => string;
  /** undefined where nobody has that number. */
  readonly callee: (number: string) => Callee | undefined;
  readonly owns: (number: string) => boolean;
}

/** Resolves when this leg of the call is over; `canceled`: the caller hung up first. */
export async function dial(verb: Extract<Verb, { verb: 'dial' }>, parts: DialParts): Promise<DialStatus> {
  const { number, callerId, timeoutS } = verb;
  const { caller, owns } = parts;
  if (callerId !== null && !owns(callerId)) {
    throw new TwilioViolation(13214, `<Dial callerId="${callerId}"> is no number of this account`);
  }
  const callee = parts.callee(number);
  if (callee === undefined) return 'failed';
  const gone = caller.ended.then(() => 'canceled' as const);
  const joined = async (): Promise<DialStatus> => {
    const rung = await callee.ring(timeoutS * 1000, caller.ended);
    if (rung !== 'answered') return rung;
    callee.whispers.push(...(await whispersOf(verb, parts)));
    await callee.join(caller.sid);
    return 'completed';
  };
  return Promise.race([joined(), gone]);
}

async function whispersOf(
  { number, whisperUrl }: Extract<Verb, { verb: 'dial' }>,
  { webhooks, caller, form, newSid }: DialParts,
): Promise<string[]> {
  if (whisperUrl === null) return [];
  const leg = { CallSid: newSid('CA'), ParentCallSid: caller.sid, Direction: 'outbound-dial' };
  const verbs = await webhooks.ask(whisperUrl, { ...form, ...leg, To: number, Called: number });
  return verbs.map((verb) => {
    if (verb.verb === 'say') return verb.text;
    throw new TwilioViolation(12200, `<${verb.verb}> for the person who answers`);
  });
}
