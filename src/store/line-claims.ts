// The process that has the media stream has the call. If Twilio's requests and streams reach processes at random, several may
// have started or claimed the same call, and the store names one as its holder. It must come to name the one with the
// stream, which would otherwise be told to release the call.
import type { CallRecordsParts } from './call-records.ts';
import type { CallEvent, CallId } from '../call/call.ts';

export interface LineClaimsParts extends Pick<CallRecordsParts, 'store' | 'ownerId' | 'clock' | 'liveCalls'> {
  readonly leaseMs: number;
}

export class LineClaims {
  readonly #parts: LineClaimsParts;
  /** Calls whose stream is here, and whose claim did not reach the store. */
  readonly #untold = new Set<CallId>();

  constructor(parts: LineClaimsParts) {
    this.#parts = parts;
  }

  readonly take = (event: CallEvent): void => {
    if (event.type === 'line-connected') void this.#claim(event.callId);
    if (event.type === 'line-lost' || event.type === 'call-ended') this.#untold.delete(event.callId);
  };

  /** Whether the store names another process only because a claim did not reach it. Claims again then. */
  insists(callId: CallId): boolean {
    if (!this.#untold.has(callId)) return false;
    void this.#claim(callId);
    return true;
  }

  async #claim(callId: CallId): Promise<void> {
    const { store, ownerId, clock, leaseMs } = this.#parts;
    try {
      const record = await store.load(callId);
      // The first process to write the call becomes its holder.
      if (record === null) return this.#noteUntold(callId);
      if (record.holder?.ownerId !== ownerId) {
        const now = clock.now();
        await store.claim(callId, { ownerId, now, leaseUntil: now + leaseMs, evenFrom: record.claims });
      }
      this.#untold.delete(callId);
    } catch {
      // Once the store is back, it may name another process.
      this.#noteUntold(callId);
    }
  }

  #noteUntold(callId: CallId): void {
    if (this.#parts.liveCalls().includes(callId)) this.#untold.add(callId);
  }
}
