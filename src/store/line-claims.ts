// Whoever has the caller's line has the call. Where Twilio's requests and its streams reach processes by chance, several may
// have begun or taken up the same call, and the store names one of them: it must come to name the one with the line, or
// that one would be told to let go of it.
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';

export interface LineClaimsParts {
  readonly store: CallStore;
  readonly ownerId: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly liveCalls: () => readonly CallId[];
}

export class LineClaims {
  readonly #parts: LineClaimsParts;
  /** Calls whose line is here, and of which the store could not be told so. */
  readonly #untold = new Set<CallId>();

  constructor(parts: LineClaimsParts) {
    this.#parts = parts;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    if (event.type === 'line-connected') void this.#claim(event.callId);
    if (event.type === 'line-lost' || event.type === 'call-ended') this.#untold.delete(event.callId);
  };

  /** The store names another process: whether that is only because it was not told of the line. It is told then. */
  insists(callId: CallId): boolean {
    if (!this.#untold.has(callId)) return false;
    void this.#claim(callId);
    return true;
  }

  /** Never rejects. */
  async #claim(callId: CallId): Promise<void> {
    const { store, ownerId, clock, leaseMs } = this.#parts;
    try {
      const record = await store.load(callId);
      // Whoever is the first to write it is named.
      if (record === null) return this.#noteUntold(callId);
      if (record.holder?.ownerId !== ownerId) {
        const now = clock.now();
        await store.claim(callId, { ownerId, now, leaseUntil: now + leaseMs, evenFrom: record.claims });
      }
      this.#untold.delete(callId);
    } catch {
      // Whoever asks a store that is down gets no answer either; but when it is back, it may name another.
      this.#noteUntold(callId);
    }
  }

  #noteUntold(callId: CallId): void {
    if (this.#parts.liveCalls().includes(callId)) this.#untold.add(callId);
  }
}
