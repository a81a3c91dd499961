// The notes that the relay itself writes to the agent. Each is one line in square brackets, so that the agent's author can
// tell it from the caller's words; each kind can be turned off.
import type { CallFacts } from './call.ts';
import { E164 } from './phone-number.ts';

/** The kinds that a profile can turn off (`notesOff`). */
export const NOTE_KINDS = ['context', 'interrupted', 'keys', 'silence', 'transfer', 'handed-over'] as const;

/** `needed` cannot be turned off: the agent cannot do its task without it. */
export type NoteKind = (typeof NOTE_KINDS)[number] | 'needed';

export interface Note {
  readonly kind: NoteKind;
  readonly text: string;
}

/**
 * Opens the conversation. `localTime` is the business's. `greeting` is already playing to the caller; null if the agent
 * speaks first. Without `hasContext` the note only says that a call has begun.
 */
export function openingNote(
  call: CallFacts,
  greeting: string | null,
  localTime: string,
  hasContext: boolean,
): string {
  const parameters = Object.entries(call.parameters).map(([name, value]) => ` ${name}: ${value}.`);
  const about = hasContext
    ? `An inbound phone call from ${partyText(call.from, 'a hidden number')}${proofText(call)} to ${partyText(call.to, 'this number')} has begun; it is ${localTime}.${parameters.join('')}`
    : 'A phone call has begun.';
  const greeted =
    greeting === null
      ? 'Greet the caller in one short sentence.'
      : `They are being greeted with: "${greeting}"`;
  return bracketed(`${about} Your words are read aloud to the caller. ${greeted}`);
}

/** A SIP address is free text that the caller chose, so the agent must not read it. */
function partyText(party: string, otherwise: string): string {
  if (E164.test(party)) return party;
  return /^sips?:/i.test(party) ? 'a SIP address' : otherwise;
}

function proofText({ callerProof }: CallFacts): string {
  if (callerProof === undefined) return '';
  return callerProof === 'verified'
    ? ' (their carrier vouches for this number)'
    : ' (their carrier could not verify this number: it may be forged)';
}

/** B4. `heard` is '' if the caller heard nothing. */
export function interruptedNote(heard: string): Note {
  return note(
    'interrupted',
    heard === ''
      ? 'The caller spoke on before they heard anything of your last reply.'
      : `The caller interrupted you. Of your last reply they heard only: "${heard}"`,
  );
}

/** The caller was loud long enough to interrupt, but the transcript has no words. */
export function noWordsNote(): Note {
  return note(
    'interrupted',
    'The caller made a sound but no words were understood. Go on, or ask them to repeat.',
  );
}

export function keysNote(keys: string): Note {
  return note('keys', `The caller pressed ${keys}`);
}

/** E3: the relay, not the agent, asked whether the caller is still there. */
export function silenceNote(asked: string): Note {
  return note('silence', `The caller was silent for a while and was asked: "${asked}"`);
}

/** The caller is back. `why` is the end of a sentence. */
export function transferFailedNote(why: string): Note {
  return note(
    'transfer',
    `The caller could not be transferred: ${why}. They are on the line with you again.`,
  );
}

/** R3. `asked` is what the caller was asked in between, '' for nothing; `heard` is what is known to have been heard of a reply that was cut off by it; null where none was. */
export function resumedNote(heard: string | null, asked: string): Note {
  const cut =
    heard === null ? '' : ` Of your last reply they had heard at least: "${heard}" Go on from there.`;
  return note('handed-over', `The line was gone for a moment.${asked}${cut}`);
}

export function operatorNote(text: string): Note {
  return note('needed', `A person who watches this call tells you: ${text}`);
}

export function operatorSaidNote(text: string): Note {
  return note('needed', `A person who watches this call had this said in your voice: "${text}"`);
}

/** The callee answered an outbound call and says nothing. */
export function answeredInSilenceNote(): Note {
  return note('needed', 'They have answered and said nothing yet. Begin.');
}

function note(kind: NoteKind, text: string): Note {
  return { kind, text: bracketed(text) };
}

function bracketed(text: string): string {
  return `[${text.replace(/[[\]\s]+/g, ' ')}]`;
}
