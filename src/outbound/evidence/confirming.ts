// Whether an answer says yes: firmly, or not quite.
import { CHECKS, HALF_YES, holdsPhrase } from './doubt-phrases.ts';
import type { Token } from './spoken-tokens.ts';

const YES = new Set(
  (
    'yes yeah yep yup yea aye correct right exactly absolutely definitely indeed precisely affirmative true sure ok okay ' +
    'perfect great mhm mmhm mmhmm uhhuh ja jawohl genau richtig stimmt korrekt jep si claro exacto exactamente correcto ' +
    'perfecto vale deacuerdo esoes efectivamente'
  ).split(' '),
);
/** Words that turn a yes into a correction. */
const BUT = new Set(
  (
    'no not nope nah wrong incorrect actually but isnt wasnt doesnt dont didnt cant wont never sorry wait instead nein nicht ' +
    'falsch aber sondern doch kein keine pero sino perdon perdone espere espera tampoco'
  ).split(' '),
);
/** After a half yes, these only say why it is half: "but let me check". */
const YET = new Set(['but', 'aber', 'pero']);
const YES_WITHIN = 3;

export function isYes(tokens: readonly Token[]): boolean {
  if (tokens.some(({ text }) => BUT.has(text))) return false;
  const first = tokens.slice(0, YES_WITHIN).map(({ text }) => text);
  const pairs = first.map((text, at) => text + (first[at + 1] ?? ''));
  return [...first, ...pairs].some((text) => YES.has(text));
}

/** "I think so": the value is confirmed, and hedged. */
export function isHalfYes(tokens: readonly Token[]): boolean {
  return !tokens.some(({ text }) => BUT.has(text) && !YET.has(text)) && holdsPhrase(tokens, HALF_YES);
}

/** They go to look: the answer comes with their next words. */
export function isPutOff(tokens: readonly Token[]): boolean {
  return !isYes(tokens) && !isHalfYes(tokens) && holdsPhrase(tokens, CHECKS);
}
