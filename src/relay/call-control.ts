// Watches and steers calls from outside, whichever process has them. Views come from the records, so that every process
// shows the same; commands go through the switchboard to the process that has the call.
import type { Assignment, Refusal, RefusalCode } from '../call/assignment.ts';
import type { CallControl, CallView, Placed } from '../call/call-control.ts';
import { viaOf } from '../call/call-id.ts';
import { costOf } from '../call/ledger.ts';
import type { PriceTable } from '../call/prices.ts';
import { transcriptOf } from '../call/transcript.ts';
import type { CallbackStore } from '../call/callback-store.ts';
import type { CallStore } from '../call/call-store.ts';
import type { Clock } from '../call/ports.ts';
import type { Recordings } from '../recording/recordings.ts';
import { gatherInsights } from './gather-insights.ts';
import type { Spending } from './spending.ts';
import type { Switchboard } from './switchboard.ts';

/** News of another process are seen this late. */
const NEWS_EVERY_MS = 250;
const MOST_EVENTS = 20_000;

export interface CallControlParts {
  readonly clock: Clock;
  readonly store: CallStore & CallbackStore;
  readonly switchboard: Switchboard;
  readonly recordings: () => Recordings | null;
  readonly profiles: readonly string[];
  /** By the name of a profile, the numbers that its calls may be transferred to. */
  readonly transfersOf: (profile: string) => readonly string[];
  readonly prices: PriceTable;
  readonly signsCallbacks: boolean;
  readonly spending: Pick<Spending, 'isSpent' | 'retryAfterS'>;
  readonly onRefused: (code: RefusalCode) => void;
}

/** Refuses what no call could do. */
function refusalFor(
  { callbackUrl }: Pick<Assignment, 'callbackUrl'>,
  { signsCallbacks, spending }: CallControlParts,
): Refusal | null {
  if (spending.isSpent) {
    const message = 'DAILY_BUDGET is spent for today (UTC).';
    return { code: 'budget_spent', message, retryAfterS: spending.retryAfterS };
  }
  if (callbackUrl === null || signsCallbacks) return null;
  return {
    code: 'invalid_request',
    field: 'callbackUrl',
    message: 'Callbacks are signed: set CALLBACK_SECRET first.',
  };
}

export function createCallControl(parts: CallControlParts): CallControl {
  const { clock, store, switchboard, recordings, profiles, transfersOf, onRefused } = parts;
  const news = new News(clock, store);

  async function view(name: string): Promise<CallView | null> {
    const call = await switchboard.find(name);
    if (call === null) return null;
    const stored = await store.eventsAfter(call.id, 0, MOST_EVENTS);
    const events = stored.map(({ event }) => event);
    return {
      call,
      transcript: transcriptOf(events),
      cost: costOf(events, clock.now(), parts.prices),
      callbacks: await store.callbacksOf(call.id),
      place: switchboard.outbound.queue.placeOf(call.id),
      hasRecording: (await recordings()?.has(call.id)) ?? false,
      transferTo: call.ended !== null || viaOf(call.id) === 'browser' ? [] : transfersOf(call.profile),
      position: stored.at(-1)?.position ?? 0,
    };
  }

  return {
    profiles,
    async place(assignment, idempotency): Promise<Placed> {
      const refusal = refusalFor(assignment, parts);
      const placed: Placed =
        refusal === null
          ? await switchboard.outbound.out.place(assignment, idempotency)
          : { is: 'refused', refusal };
      if (placed.is === 'refused') onRefused(placed.refusal.code);
      return placed;
    },
    async rehearse(wanted) {
      const { refusals, callee } = await switchboard.outbound.out.rehearse(wanted);
      const refusal = refusalFor(wanted, parts);
      return { refusals: refusal === null ? refusals : [refusal, ...refusals], callee };
    },
    usageToday: () => switchboard.outbound.usageToday(),
    list: (query) => store.list(query),
    count: (query) => store.count(query),
    insights: (of, via) => gatherInsights(store, of, via),
    view,
    eventsAfter: (callId, position, limit) => store.eventsAfter(callId, position, limit),
    lastPosition: () => store.lastPosition(),
    onNews: (listener) => news.listen(listener),
    steer: (name, steering) => switchboard.steer(name, steering),
    async erase(name) {
      const call = await switchboard.find(name);
      if (call === null) return 'unknown';
      // A call of which something is wanted is over only once it is settled.
      if (call.ended === null || ((call.assignment !== null || call.isResultWanted) && !call.isSettled))
        return 'live';
      await recordings()?.erase(call.id);
      await store.erase(call.id);
      return 'erased';
    },
    async recording(name) {
      const call = await switchboard.find(name);
      return call === null ? null : ((await recordings()?.open(call.id)) ?? null);
    },
  };
}

/** Polls the position of the last event while somebody listens. */
class News {
  readonly #clock: Clock;
  readonly #store: Pick<CallStore, 'lastPosition'>;
  readonly #listeners = new Set<() => void>();
  #position = -1;
  #isAsking = false;

  constructor(clock: Clock, store: Pick<CallStore, 'lastPosition'>) {
    this.#clock = clock;
    this.#store = store;
  }

  listen(listener: () => void): () => void {
    // A function of its own, so that the same listener can be passed twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (!this.#isAsking) void this.#ask();
    return () => this.#listeners.delete(own);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const position = await this.#store.lastPosition().catch(() => this.#position);
    if (position !== this.#position) for (const listener of this.#listeners) listener();
    this.#position = position;
    if (this.#listeners.size === 0) this.#isAsking = false;
    else this.#clock.after(NEWS_EVERY_MS, () => void this.#ask());
  }
}
