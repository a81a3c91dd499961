// What somebody who watches a call may do with it (C6), and what the carrier says of it after the call began.
import type { CallParts } from './bridge-parts.ts';
import type { Callee } from './callee.ts';
import type { Ending } from './ending.ts';
import type { Floor } from './floor.ts';
import { operatorNote, operatorSaidNote } from '../call/notes.ts';
import { commandFor, type TransferTargets } from '../call/phone-tools.ts';
import type { Steering } from '../call/steering.ts';

export interface SteeredParts extends Pick<CallParts, 'dialogue' | 'voice' | 'emit'> {
  readonly transfers: TransferTargets;
  readonly floor: Floor;
  readonly ending: Ending;
  /** null for an inbound call. */
  readonly callee: Callee | null;
}

/** Returns false if it is not allowed, and then does nothing. */
export function steer(steering: Steering, parts: SteeredParts): boolean {
  const { ending, dialogue, callee, emit } = parts;
  switch (steering.type) {
    case 'hang-up':
      ending.sayAndEnd('farewell', 'operator-ended');
      return true;
    case 'transfer':
      return transfer(steering.to, parts);
    case 'say':
      sayForOperator(steering.text, parts);
      return true;
    case 'note':
      emit({ type: 'operator-noted', text: steering.text });
      dialogue.note(operatorNote(steering.text));
      return true;
    case 'machine':
      callee?.hearVerdict(steering.answeredBy, steering.isMessageOver);
      return true;
    case 'status':
      return true;
  }
}

function transfer(to: string, { transfers, floor, ending }: SteeredParts): boolean {
  const command = commandFor({ type: 'transfer', to, summary: '' }, transfers);
  if (command === null || typeof command === 'string') return false;
  floor.hush();
  ending.obey(command, false);
  return true;
}

/** Ends the reply that is being heard; the agent learns of it with the caller's next words. */
function sayForOperator(text: string, { floor, ending, dialogue, voice, emit }: SteeredParts): void {
  if (ending.isLeaving) return;
  floor.hush();
  emit({ type: 'operator-said', text });
  voice.say(text, null);
  dialogue.note(operatorSaidNote(text));
}
