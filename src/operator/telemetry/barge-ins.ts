// Whether a reply held for a sound of the caller (B1) became an interruption (B2) or a false alarm (B3). An interruption has no
// event of its own: it shows in the turn that ends, or the next one that begins, while the reply is held.
import type { CallEvent, CallId } from '../../call/call.ts';

export type BargeIn = 'interruption' | 'false-alarm';

/** A subscriber of CallEvents. A call that ends while a reply is held decides nothing. */
export function followBargeIns(onDecided: (what: BargeIn) => void): (event: CallEvent) => void {
  const held = new Set<CallId>();
  const decide = (callId: CallId, what: BargeIn): void => {
    if (held.delete(callId)) onDecided(what);
  };
  return (event) => {
    switch (event.type) {
      case 'reply-held':
        held.add(event.callId);
        return;
      case 'reply-resumed':
        return decide(event.callId, 'false-alarm');
      case 'turn-finished':
        if (event.outcome === 'interrupted' || event.outcome === 'joined')
          decide(event.callId, 'interruption');
        return;
      case 'turn-started':
        return decide(event.callId, 'interruption');
      case 'call-ended':
        held.delete(event.callId);
        return;
      default:
        return;
    }
  };
}
