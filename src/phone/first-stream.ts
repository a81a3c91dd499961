// O10: what the webhook said of a new call, in the token of its first stream, so that any process can begin the call though the
// records do not answer. Only what Twilio itself said, or was told by the webhook's address.
import type { CallFacts } from '../call/call.ts';
import { parsedJson, textOf, fieldsOf } from '../call/json.ts';
import type { NamedCall } from './phone-listener.ts';

/** A `<Parameter>` has less than 500 characters, and the rest of the token about 120. */
const MOST_CHARS = 360;

/** Without dots; '' if the call's parameters are too long, and then only the records know them. */
export function firstFactsOf({ from, to, callerProof, parameters }: CallFacts): string {
  const facts = Buffer.from(JSON.stringify({ from, to, callerProof, parameters })).toString('base64url');
  return facts.length > MOST_CHARS ? '' : facts;
}

/** null for a later stream, whose call some process knows better. */
export function firstCallOf(facts: string, { callId, sid }: NamedCall): CallFacts | null {
  if (facts === '') return null;
  const { from, to, callerProof, parameters } = fieldsOf(
    parsedJson(Buffer.from(facts, 'base64url').toString()),
  );
  return {
    id: callId,
    carrier: { sid },
    from: textOf(from),
    to: textOf(to),
    ...(callerProof === 'verified' || callerProof === 'failed' ? { callerProof } : {}),
    parameters: Object.fromEntries(
      Object.entries(fieldsOf(parameters)).map(([name, value]) => [name, textOf(value)]),
    ),
  };
}
