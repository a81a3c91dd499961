// Which process had the call when, where more than one had it. A process that was lost leaves no word of its end: the last thing
// that it recorded stands for it. Pure.
import type { CallEvent } from '../../../call/call.ts';

export interface Holding {
  readonly from: number;
  /** Its last sign of life. */
  readonly to: number;
  /** null: it has the call, or had it to the end. */
  readonly left: 'handed-over' | 'lost' | null;
}

export function holdingsOf(events: readonly CallEvent[]): Holding[] {
  const holdings: Holding[] = [];
  for (const event of events) {
    const { at } = event;
    const last = holdings.at(-1);
    if (event.type === 'call-taken-up' && last !== undefined) {
      holdings[holdings.length - 1] = { ...last, left: event.wasLost ? 'lost' : 'handed-over' };
      holdings.push({ from: at, to: at, left: null });
    } else if (last !== undefined) holdings[holdings.length - 1] = { ...last, to: Math.max(last.to, at) };
    else if (event.type === 'call-started') holdings.push({ from: at, to: at, left: null });
    // What Twilio tells of its price, and what the agent brings of a result, comes after the call.
    if (event.type === 'call-ended' && event.reason !== 'handed-over') break;
  }
  return holdings;
}
