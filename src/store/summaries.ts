// Writes the summary of a call once it has ended, and again once it is settled, or priced by its carrier: from its stored events, because other processes
// may have had it before. One call at a time and a few events at a time, so that no audio waits for it.
import type { CallStore } from '../call/call-store.ts';
import { CallSummarizer } from '../call/call-summary.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { PriceTable } from '../call/prices.ts';
import type { StoreWriter } from './store-writer.ts';

const READ_AT_ONCE = 200;
const MOST_EVENTS = 20_000;
/** Beyond it calls end faster than they can be summed up, and theirs are left out. */
const MOST_WAITING = 1_000;

export class Summaries {
  readonly #store: Pick<CallStore, 'load' | 'eventsAfter'>;
  readonly #writer: Pick<StoreWriter, 'flush' | 'summarize'>;
  readonly #prices: PriceTable;
  readonly #onFailed: () => void;
  readonly #waiting = new Map<CallId, number>();
  #working: Promise<void> | null = null;

  /** `onFailed`: one is missing. */
  constructor(
    store: Pick<CallStore, 'load' | 'eventsAfter'>,
    writer: Pick<StoreWriter, 'flush' | 'summarize'>,
    prices: PriceTable,
    onFailed: () => void,
  ) {
    this.#store = store;
    this.#writer = writer;
    this.#prices = prices;
    this.#onFailed = onFailed;
  }

  readonly take = (event: CallEvent): void => {
    const isOver =
      event.type === 'call-ended'
        ? event.reason !== 'handed-over'
        : event.type === 'call-settled' || event.type === 'carrier-priced';
    if (!isOver || this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.set(event.callId, event.at);
    this.#working ??= this.#work().finally(() => (this.#working = null));
  };

  /** Resolves once all that ended so far are summed up. Never rejects. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Events are delivered after the current task.
    await new Promise((resolve) => setImmediate(resolve));
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const [callId, at] = next;
      await this.#sumUp(callId, at).catch(this.#onFailed);
    }
  }

  #next(): [CallId, number] | null {
    const [next = null] = this.#waiting;
    if (next !== null) this.#waiting.delete(next[0]);
    return next;
  }

  async #sumUp(callId: CallId, at: number): Promise<void> {
    await this.#writer.flush();
    const call = await this.#store.load(callId);
    if (call === null) return;
    const summarizer = new CallSummarizer(this.#prices);
    let position = 0;
    for (let read = 0; read < MOST_EVENTS; read += READ_AT_ONCE) {
      const events = await this.#store.eventsAfter(callId, position, READ_AT_ONCE);
      for (const { event } of events) summarizer.take(event);
      position = events.at(-1)?.position ?? position;
      if (events.length < READ_AT_ONCE) break;
    }
    this.#writer.summarize(callId, at, summarizer.summary(call.result));
  }
}
