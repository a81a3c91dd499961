// What is going on in a talk at this moment, by its events. Pure.
import type { CallEvent } from '../../../call/call.ts';

export type Doing = 'listening' | 'hearing you' | 'thinking' | 'speaking' | 'held';

export function doingOf(events: readonly CallEvent[]): Doing {
  for (let at = events.length - 1; at >= 0; at--) {
    switch (events[at]?.type) {
      case 'caller-began-speaking':
        return 'hearing you';
      case 'reply-held':
        return 'held';
      case 'caller-stopped-speaking':
      case 'caller-said':
      case 'turn-started':
      case 'agent-began-replying':
        return 'thinking';
      case 'reply-began':
      case 'reply-heard':
      case 'segment-heard':
      case 'reply-resumed':
      case 'line-spoken':
        return 'speaking';
      case 'turn-finished':
      case 'greeting-heard':
        return 'listening';
      default:
    }
  }
  return 'listening';
}
