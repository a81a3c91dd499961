// The call whose every word is known: with the flower shop, whichever kind of agent it is. What the caller must hear stands here,
// written by hand, so that the relay is not its own witness.
import type { Caller } from '../caller/caller.ts';
import { isHeardWithOneCut } from '../caller/heard.ts';
import { tell } from './telling.ts';
import type { TurnTimes } from './turn-times.ts';

/** What is heard of the reply into which the caller coughs, and which they then interrupt. */
const STORY =
  'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
  'Her daughter took over in 1988';

/** For a loaded machine; what takes long on others is seen in the table of times. */
const HEARS_WITHIN_MS = 60_000;

export const PRICES =
  'It depends on the season: Tulips are $12 a bunch. Roses are $45.50 a dozen. Which would you like?';
export const HOURS =
  'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed, but you can order online.';
export const GOODBYE = 'You are welcome. Have a lovely day!';

export async function says(caller: Caller, words: string): Promise<void> {
  tell('caller', `says: "${words}"`);
  await caller.says(words);
}

/** Waits until these words were heard, each once, in this order, with no other between them. */
export async function hears(caller: Caller, words: string): Promise<void> {
  await caller.hears(words, { withinMs: HEARS_WITHIN_MS });
  tell('caller', `heard: "${words}"`);
}

export async function haveScriptedCall(greeting: string, caller: Caller): Promise<void> {
  await hears(caller, greeting);

  await says(caller, 'When are you open?');
  await hears(caller, HOURS);

  await says(caller, 'Tell me about your shop.');
  await hears(caller, 'Our shop was opened by Mrs. Alder in 1961.');
  tell('caller', 'coughs');
  await caller.coughs(150);
  await hears(caller, 'Her daughter took over in 1988');
  await says(caller, 'Sorry, how much is that?');
  await hears(caller, PRICES);

  await says(caller, 'Thank you, goodbye.');
  await hears(caller, GOODBYE);
}

/** What was heard or done otherwise than the script has it. */
export function problemsOfScript(caller: Caller, turns: readonly TurnTimes[]): string[] {
  return [
    ...(isHeardWithOneCut(caller.heard, STORY)
      ? []
      : ['The reply did not go on where the cough had cut it.']),
    ...(caller.heard.includes('Christmas Eve') ? ['The interrupted reply was heard to its end.'] : []),
    ...(turns.length === 4 ? [] : [`The agent was asked ${turns.length} times instead of 4.`]),
  ];
}
