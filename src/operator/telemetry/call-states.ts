// The state of each live call, derived from CallEvents: how many callers are talking, and how many wait for a stream.
import type { CallEvent, CallId } from '../../call/call.ts';

/**
 * `connecting`: no stream yet. `talking`: a stream is connected. `line-lost`: it broke and may come back. `away`: the carrier
 * has the call, to transfer it or to press keys.
 */
export const CALL_STATES = ['connecting', 'talking', 'line-lost', 'away'] as const;
export type CallState = (typeof CALL_STATES)[number];

export class CallStates {
  readonly #states = new Map<CallId, CallState>();
  readonly #onReconnected: () => void;

  constructor(onReconnected: () => void) {
    this.#onReconnected = onReconnected;
  }

  count(state: CallState): number {
    return this.#states.values().reduce((sum, one) => (one === state ? sum + 1 : sum), 0);
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    const { callId } = event;
    const state = this.#states.get(callId);
    switch (event.type) {
      case 'call-started':
      case 'call-taken-up':
        this.#states.set(callId, 'connecting');
        return;
      case 'line-connected':
        if (state === 'line-lost') this.#onReconnected();
        this.#states.set(callId, 'talking');
        return;
      case 'call-ended':
        this.#states.delete(callId);
        return;
      case 'line-lost':
        if (state !== undefined) this.#states.set(callId, 'line-lost');
        return;
      case 'transfer-began':
      case 'digits-sent':
        if (state !== undefined) this.#states.set(callId, 'away');
        return;
      default:
        return;
    }
  };
}
