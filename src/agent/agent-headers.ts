// The headers of a request to the user's own agent, as AGENT_HEADERS has them. `{call}`, `{from}` and `{to}` in a value stand
// for the call's ID and numbers; a carrier may send any text as a number, so what no header can hold is encoded.
import type { CallFacts } from '../call/call.ts';

const LONGEST_FACT = 200;
/** For requests that belong to no call. */
export const NO_CALL = { id: '', from: '', to: '' };

export function headersFor(
  headers: Readonly<Record<string, string>>,
  { id, from, to }: Pick<CallFacts, 'id' | 'from' | 'to'>,
): Record<string, string> {
  const facts: Readonly<Record<string, string>> = { call: id, from, to };
  const filled = (value: string): string =>
    value.replace(/\{(call|from|to)\}/g, (_, name: string) => headerFit(facts[name] ?? ''));
  // In small letters, or one that replaces a header of ours would be sent beside it.
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filled(value)]),
  );
}

/** Numbers and names of plain characters stay as they are. */
function headerFit(fact: string): string {
  const text = fact.slice(0, LONGEST_FACT).toWellFormed();
  return /^[\w+.@:-]*$/.test(text) ? text : encodeURIComponent(text);
}
