// Reads what the carrier charged for ended calls, an hour after their end: it does not know before. Of all processes on one
// store, one asks about a call; a price that is not there yet is asked for again.
import type { CallStore } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { CountStore } from '../call/count-store.ts';
import type { Clock } from '../call/ports.ts';
import { repeat } from '../call/waiting.ts';

const HOUR_MS = 3_600_000;
/** Until then Twilio has priced a call, or will not say. */
const GIVE_UP_AFTER_MS = 3 * HOUR_MS;
const LOOK_EVERY_MS = 5 * 60_000;
const PAGE = 100;

export interface CarrierPricesParts {
  readonly clock: Clock;
  readonly store: CountStore & Pick<CallStore, 'list'>;
  /** In USD, of all legs; null while it is not known. May reject. */
  readonly priceOf: (sid: string) => Promise<number | null>;
  readonly onPrice: (callId: CallId, usd: number) => void;
}

export class CarrierPrices {
  readonly #parts: CarrierPricesParts;
  /** Asked about, here or by another process. */
  #done = new Set<CallId>();
  readonly #stop: () => void;
  #isClosed = false;

  constructor(parts: CarrierPricesParts) {
    this.#parts = parts;
    this.#stop = repeat(parts.clock, LOOK_EVERY_MS, () => this.look().catch(() => {}));
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  /** Asks about each call that ended between one and three hours ago. Rejects with a StoreError. */
  async look(): Promise<void> {
    const { clock, store } = this.#parts;
    const now = clock.now();
    const seen = new Set<CallId>();
    // The list is by the beginning of calls; one may last for hours.
    const query = {
      state: 'ended',
      since: now - 2 * GIVE_UP_AFTER_MS,
      until: now - HOUR_MS,
      limit: PAGE,
    } as const;
    for (let cursor: string | null | undefined; cursor !== null && !this.#isClosed;) {
      const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      for (const { id, sid, ended } of page.calls) {
        seen.add(id);
        const agoMs = now - (ended?.at ?? now);
        if (sid !== null && agoMs >= HOUR_MS && agoMs <= GIVE_UP_AFTER_MS && !this.#done.has(id))
          await this.#ask(id, sid);
      }
      cursor = page.next;
    }
    this.#done = this.#done.intersection(seen);
  }

  async #ask(callId: CallId, sid: string): Promise<void> {
    const { clock, store, priceOf, onPrice } = this.#parts;
    const now = clock.now();
    const mark = { key: `priced:${callId}`, points: 1, keptUntil: now + 2 * GIVE_UP_AFTER_MS };
    const others = await store.takeCounts([{ ...mark, most: 1 }], now);
    if (others.length > 0) return void this.#done.add(callId);
    const usd = await priceOf(sid).catch(() => null);
    if (usd === null) return store.addCounts([{ ...mark, points: -1 }]);
    this.#done.add(callId);
    onPrice(callId, usd);
  }
}
