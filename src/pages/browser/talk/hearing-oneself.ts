// The alarm of somebody without headphones: the microphone hears the agent, and the agent answers itself. Pure.
import type { CallEvent } from '../../../call/call.ts';

/** Fewer can be chance. */
const FEWEST_WORDS = 4;

/** Whether the caller's latest words are what was being read aloud to them. */
export function hearsItself(events: readonly CallEvent[]): boolean {
  const at = events.findLastIndex(({ type }) => type === 'caller-said');
  const said = events[at];
  if (said?.type !== 'caller-said') return false;
  const words = wordsOf(said.transcript);
  if (words.length < FEWEST_WORDS) return false;
  const spoken = events
    .slice(0, at)
    .flatMap((event) =>
      event.type === 'segment-asked' || event.type === 'line-spoken' ? wordsOf(event.text) : [],
    )
    .join(' ');
  return ` ${spoken} `.includes(` ${words.join(' ')} `);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}
