// All that the relay says to the agent in its own name. Each is one line in square brackets, so that an author can
// tell it from what the caller said.
import type { CallFacts } from './call.ts';

/** How the conversation begins, where the caller hears a fixed greeting. */
export function greetedNote(call: CallFacts, greeting: string): string {
  return note(
    `A phone call from ${call.from} to ${call.to} has begun; your words are read aloud to the caller. ` +
      `They are being greeted with: "${greeting}" Answer this line with "ok" only; the caller's words come next.`,
  );
}

/** How the conversation begins, where the agent speaks first. */
export function openingNote(call: CallFacts): string {
  return note(
    `A phone call from ${call.from} to ${call.to} has begun; your words are read aloud to the caller. ` +
      `Greet them in one short sentence.`,
  );
}

/** B4. `heard` is '' when the caller heard nothing of it. */
export function interruptedNote(heard: string): string {
  return heard === ''
    ? note('The caller spoke on before they heard anything of your last reply.')
    : note(`The caller interrupted you. Of your last reply they heard only: "${heard}"`);
}

/** The caller was loud for long enough to interrupt, but no words were made out. */
export function noWordsNote(): string {
  return note('The caller made a sound but no words were understood. Go on, or ask them to repeat.');
}

/** Keys pressed on the phone (L4). What the caller said stands beside it, if anything. */
export function digitsText(digits: string): string {
  return note(`The caller pressed ${digits}`);
}

function note(text: string): string {
  return `[${text.replace(/[[\]\r\n]+/g, ' ')}]`;
}
