// O9: dials speech for an outbound call while it rings, so that the session is up when the callee speaks their first words.
// An idle session costs nothing, but it must be closed if this process does not get the call.
import type { CallEvent, CallId } from '../call/call.ts';
import type { Clock, Speech, SpeechEvent } from '../call/ports.ts';

/** Longer than people let a phone ring. */
const KEPT_MS = 60_000;
const MOST = 20;

export interface RingingVoicesParts {
  readonly clock: Clock;
  /** By name; null for a call that does not wait here to be answered. */
  readonly profileOf: (callId: CallId) => string | null;
  readonly dial: (profile: string, onEvent: (event: SpeechEvent) => void) => Speech;
}

interface Ringing {
  readonly speech: Speech;
  isReady: boolean;
  onEvent: (event: SpeechEvent) => void;
  readonly stopTimer: () => void;
}

export class RingingVoices {
  readonly #parts: RingingVoicesParts;
  readonly #ringing = new Map<CallId, Ringing>();

  constructor(parts: RingingVoicesParts) {
    this.#parts = parts;
  }

  readonly take = (event: CallEvent): void => {
    if (event.type === 'call-rang') this.#ring(event.callId);
    else if (event.type === 'call-ended') this.#forget(event.callId);
  };

  /** The session that was dialled for this call; null if there is none. Calls nothing before it has returned. */
  answer(callId: CallId, onEvent: (event: SpeechEvent) => void): Speech | null {
    const ringing = this.#ringing.get(callId);
    if (ringing === undefined) return null;
    this.#ringing.delete(callId);
    ringing.stopTimer();
    ringing.onEvent = onEvent;
    if (ringing.isReady) queueMicrotask(() => onEvent({ type: 'ready' }));
    return ringing.speech;
  }

  close(): void {
    for (const callId of this.#ringing.keys()) this.#forget(callId);
  }

  #ring(callId: CallId): void {
    // Somebody may have answered before this event came round.
    const profile = this.#parts.profileOf(callId);
    if (profile === null || this.#ringing.has(callId) || this.#ringing.size >= MOST) return;
    const ringing: Ringing = {
      speech: this.#parts.dial(profile, (event) => ringing.onEvent(event)),
      isReady: false,
      onEvent: (event) => {
        if (event.type === 'ready' || event.type === 'away') ringing.isReady = event.type === 'ready';
        // The call dials anew.
        if (event.type === 'lost') this.#forget(callId);
      },
      stopTimer: this.#parts.clock.after(KEPT_MS, () => this.#forget(callId)),
    };
    this.#ringing.set(callId, ringing);
  }

  #forget(callId: CallId): void {
    const ringing = this.#ringing.get(callId);
    this.#ringing.delete(callId);
    ringing?.stopTimer();
    ringing?.speech.close();
  }
}
