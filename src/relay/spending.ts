// What this relay's calls cost, as they go on: the metric by owner, a limit for each call, and the day's budget, which all
// processes on one store share. Costs are the ledger's (call/ledger.ts): estimates, and nothing for what nobody told.
import type { CallStore } from '../call/call-store.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { CountStore } from '../call/count-store.ts';
import { byOwner, Ledger } from '../call/ledger.ts';
import type { Clock } from '../call/ports.ts';
import type { PriceTable } from '../call/prices.ts';
import type { CostOwner } from '../call/usage.ts';
import { repeat } from '../call/waiting.ts';

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 15_000;
const WARN_AT = 0.8;
/** Counts are whole: a millionth of a dollar each. */
const POINTS_A_DOLLAR = 1e6;
const MOST_EVENTS = 20_000;

export interface SpendingParts {
  readonly clock: Clock;
  readonly store: CountStore & Pick<CallStore, 'eventsAfter'>;
  readonly prices: PriceTable;
  /** USD for a day of UTC; 0 for no budget. */
  readonly dailyBudget: number;
  /** USD for one call; 0 for no limit. */
  readonly mostACall: number;
  /** Resolves once what is known of calls is written. */
  readonly flush: () => Promise<unknown>;
  readonly onCost: (owner: CostOwner, usd: number) => void;
  /** Ends the call politely. */
  readonly onTooCostly: (callId: CallId) => void;
  /** Tokens of sound went into the voice: a fault that is billed. */
  readonly onSoundIntoVoice: (tokens: number) => void;
  readonly log: (line: string) => void;
}

interface Followed {
  ledger: Ledger;
  isTooCostly: boolean;
}

export class Spending {
  readonly #parts: SpendingParts;
  readonly #calls = new Map<CallId, Followed>();
  readonly #stop: () => void;
  #state: 'within' | 'warned' | 'spent' = 'within';
  #hasWarnedOfSound = false;

  constructor(parts: SpendingParts) {
    this.#parts = parts;
    const looks = parts.dailyBudget > 0 || parts.mostACall > 0;
    this.#stop = looks ? repeat(parts.clock, LOOK_EVERY_MS, () => this.#look()) : () => {};
  }

  /** Whether the day's budget is spent, as far as this process has seen. */
  get isSpent(): boolean {
    return this.#state === 'spent';
  }

  /** In how many seconds the next day begins. */
  get retryAfterS(): number {
    return Math.ceil((DAY_MS - (this.#parts.clock.now() % DAY_MS)) / 1000);
  }

  /** How many calls it keeps a ledger of. */
  get followed(): number {
    return this.#calls.size;
  }

  close(): void {
    this.#stop();
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    const { callId } = event;
    const followed = this.#calls.get(callId) ?? this.#follow(event);
    if (followed === null) return;
    followed.ledger.take(event);
    if (event.type === 'call-taken-up') void this.#catchUp(callId, followed);
    if (event.type === 'usage-counted') {
      if (event.owner === 'voice' && event.usage.unit === 'tokens') this.#checkVoice(event.usage.audioIn);
      this.#limit(callId, followed);
    }
    if (event.type !== 'call-ended') return;
    this.#calls.delete(callId);
    // The process that goes on with the call counts all of it.
    if (event.reason !== 'handed-over') void this.#settle(callId, followed.ledger);
  };

  /** A late event of a call that has ended must not begin it again. */
  #follow({ callId, type }: CallEvent): Followed | null {
    if (type !== 'call-queued' && type !== 'call-started') return null;
    const followed = { ledger: new Ledger(), isTooCostly: false };
    this.#calls.set(callId, followed);
    return followed;
  }

  /** What the call used in other processes. */
  async #catchUp(callId: CallId, followed: Followed): Promise<void> {
    followed.ledger = (await this.#stored(callId)) ?? followed.ledger;
  }

  async #stored(callId: CallId): Promise<Ledger | null> {
    const { store, flush } = this.#parts;
    await flush();
    const stored = await store.eventsAfter(callId, 0, MOST_EVENTS).catch(() => []);
    if (stored.length === 0) return null;
    const ledger = new Ledger();
    for (const { event } of stored) ledger.take(event);
    return ledger;
  }

  async #settle(callId: CallId, own: Ledger): Promise<void> {
    const { clock, prices, onCost, store, dailyBudget } = this.#parts;
    const cost = ((await this.#stored(callId)) ?? own).costAt(clock.now(), prices);
    for (const [owner, usd] of byOwner(cost)) if (usd !== null) onCost(owner, usd);
    if (dailyBudget === 0 || cost.usd === 0) return;
    await store.addCounts([this.#count(Math.round(cost.usd * POINTS_A_DOLLAR))]).catch(() => {});
    await this.#lookAtBudget();
  }

  async #look(): Promise<void> {
    for (const [callId, followed] of this.#calls) this.#limit(callId, followed);
    await this.#lookAtBudget();
  }

  #limit(callId: CallId, followed: Followed): void {
    const { clock, prices, mostACall, onTooCostly } = this.#parts;
    if (mostACall === 0 || followed.isTooCostly) return;
    followed.isTooCostly = followed.ledger.costAt(clock.now(), prices).usd >= mostACall;
    if (followed.isTooCostly) onTooCostly(callId);
  }

  async #lookAtBudget(): Promise<void> {
    const { dailyBudget, log } = this.#parts;
    if (dailyBudget === 0) return;
    const isSpent = await this.#hasSpent(dailyBudget);
    const isNear = isSpent || (await this.#hasSpent(dailyBudget * WARN_AT));
    const state = isSpent ? 'spent' : isNear ? 'warned' : 'within';
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'warned') log('80 % of DAILY_BUDGET are spent');
    if (state === 'spent')
      log('DAILY_BUDGET is spent: no outbound calls today (UTC), and inbound ones as the profile says');
  }

  /** What ended calls cost today, in all processes, and what live ones cost here, is at least `usd`. */
  async #hasSpent(usd: number): Promise<boolean> {
    const { store, clock } = this.#parts;
    const left = Math.ceil((usd - this.#liveUsd) * POINTS_A_DOLLAR);
    if (left <= 0) return true;
    const over = await store
      .takeCounts([{ ...this.#count(0), most: left - 1 }], clock.now())
      // A store that is away says nothing new.
      .catch(() => (this.isSpent ? ['unknown'] : []));
    return over.length > 0;
  }

  get #liveUsd(): number {
    const { clock, prices } = this.#parts;
    const now = clock.now();
    return [...this.#calls.values()].reduce((sum, { ledger }) => sum + ledger.costAt(now, prices).usd, 0);
  }

  #count(points: number): { key: string; points: number; keptUntil: number } {
    const day = Math.floor(this.#parts.clock.now() / DAY_MS);
    return { key: `${day}:spent`, points, keptUntil: (day + 2) * DAY_MS };
  }

  #checkVoice(tokensOfSound: number): void {
    if (tokensOfSound === 0) return;
    this.#parts.onSoundIntoVoice(tokensOfSound);
    if (this.#hasWarnedOfSound) return;
    this.#hasWarnedOfSound = true;
    this.#parts.log(
      'Realtime billed sound that went into the voice, which is sent text only: look at GET /calls/:id',
    );
  }
}
