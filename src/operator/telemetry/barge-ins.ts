// Whether a reply held for a sound of the caller (B1) became an interruption (B2) or a false alarm (B3). An interruption has no
// event of its own: it shows in the turn that ends, or the next one that begins, while the reply is held.
import type { CallEvent, CallId } from '../../call/call.ts';

export type BargeIn = 'interruption' | 'false-alarm';

export class BargeIns {
  readonly #held = new Set<CallId>();
  readonly #onDecided: (what: BargeIn) => void;

  constructor(onDecided: (what: BargeIn) => void) {
    this.#onDecided = onDecided;
  }

  /** A subscriber of CallEvents. A call that ends while a reply is held decides nothing. */
  readonly take = (event: CallEvent): void => {
    switch (event.type) {
      case 'reply-held':
        this.#held.add(event.callId);
        return;
      case 'reply-resumed':
        return this.#decide(event.callId, 'false-alarm');
      case 'turn-finished':
        if (event.outcome === 'interrupted' || event.outcome === 'joined')
          this.#decide(event.callId, 'interruption');
        return;
      case 'turn-started':
        return this.#decide(event.callId, 'interruption');
      case 'call-ended':
        this.#held.delete(event.callId);
        return;
      default:
        return;
    }
  };

  #decide(callId: CallId, what: BargeIn): void {
    if (this.#held.delete(callId)) this.#onDecided(what);
  }
}
