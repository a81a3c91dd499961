// What a call came to, in numbers: made from its events once it has ended, kept in its record, read by lists and insights. No
// words. Pure.
import { z } from 'zod';
import type { CallEvent, TurnOutcome } from './call.ts';
import type { CallResult } from './call-result.ts';
import { byOwner, Ledger } from './ledger.ts';
import type { PriceTable } from './prices.ts';
import { endGroupOf } from './end-groups.ts';
import { TurnWaits, WAIT_PARTS } from './turn-waits.ts';
import { COST_OWNERS, type CostOwner, type UsageOwner } from './usage.ts';

/** More waits than this are not kept one by one. */
const MOST_WAITS = 200;
/** A caller who waits longer than this wonders whether anybody is there. */
export const SLOW_MS = 3_000;

/** Why somebody should look at a call: it broke, a caller waited too long, or a value of its result rests on nothing. */
export const ATTENTION = ['fault', 'slow', 'result', 'callback'] as const;
export type Attention = (typeof ATTENTION)[number];

const count = z.number().min(0);

const tokensSchema = z.object({
  textIn: count,
  cachedTextIn: count,
  audioIn: count,
  cachedAudioIn: count,
  textOut: count,
  audioOut: count,
  /** Of the caller's sound, where a vendor counts those. */
  seconds: count,
});
export type Tokens = z.infer<typeof tokensSchema>;

const ownerCosts = z.record(z.enum(COST_OWNERS), count.nullable());
/** null: nothing is known of it. */
export type OwnerCosts = Readonly<Record<CostOwner, number | null>>;

export const callSummarySchema = z.object({
  turns: z.object({ done: count, interrupted: count, joined: count, failed: count }),
  /** One for each answer that the caller heard: the parts of their wait in ms, in the order of WAIT_PARTS. */
  waits: z.array(z.array(count)),
  /** Sounds that held a reply and were no interruption. */
  coughs: count,
  fillers: count,
  /** Times that speech or the line went away, and came back or not. */
  reconnects: z.object({ speech: count, line: count }),
  handOvers: count,
  /** Replies that were not spoken as written. */
  departures: count,
  longestSilenceMs: count,
  /** null: nothing was told. */
  tokens: z.object({
    voice: tokensSchema.nullable(),
    ears: tokensSchema.nullable(),
    agent: tokensSchema.nullable(),
  }),
  /** In USD, by the price table of its day; null for a call of an older version. */
  cost: z
    .object({
      usd: count,
      isPartial: z.boolean(),
      isEstimate: z.boolean(),
      /** null for a call of an older version. */
      byOwner: ownerCosts.nullable().default(null),
    })
    .nullable()
    .default(null),
  attention: z.array(z.enum(ATTENTION)),
});
export type CallSummary = z.infer<typeof callSummarySchema>;

const NO_TOKENS: Tokens = {
  textIn: 0,
  cachedTextIn: 0,
  audioIn: 0,
  cachedAudioIn: 0,
  textOut: 0,
  audioOut: 0,
  seconds: 0,
};

export const NO_COSTS: OwnerCosts = { ears: null, voice: null, agent: null, carrier: null };

/** Fed with one call's events in order. */
export class CallSummarizer {
  readonly #prices: PriceTable;
  readonly #ledger = new Ledger();
  readonly #waits = new TurnWaits();
  readonly #silence = new Silence();
  readonly #turns: Record<TurnOutcome, number> = { done: 0, interrupted: 0, joined: 0, failed: 0 };
  readonly #waited: number[][] = [];
  readonly #tokens: Record<UsageOwner, Tokens | null> = { voice: null, ears: null, agent: null };
  #coughs = 0;
  #fillers = 0;
  #speechLosses = 0;
  #lineLosses = 0;
  #handOvers = 0;
  #departures = 0;
  #endReason: string | null = null;
  #lastAt = 0;

  constructor(prices: PriceTable) {
    this.#prices = prices;
  }

  take(event: CallEvent): void {
    this.#lastAt = event.at;
    this.#ledger.take(event);
    this.#silence.take(event);
    const wait = this.#waits.take(event);
    if (wait !== null && this.#waited.length < MOST_WAITS)
      this.#waited.push(WAIT_PARTS.map((part) => Math.max(0, wait.parts[part])));
    switch (event.type) {
      case 'turn-finished':
        this.#turns[event.outcome]++;
        break;
      case 'reply-resumed':
        this.#coughs++;
        break;
      case 'line-spoken':
        if (event.line === 'filler') this.#fillers++;
        break;
      case 'speech-away':
      case 'speech-lost':
        this.#speechLosses++;
        break;
      case 'line-lost':
        this.#lineLosses++;
        break;
      case 'call-taken-up':
        this.#handOvers++;
        break;
      case 'spoken-otherwise':
        this.#departures++;
        break;
      case 'usage-counted':
        this.#tokens[event.owner] = sum(this.#tokens[event.owner] ?? NO_TOKENS, event.usage);
        break;
      case 'call-ended':
        this.#endReason = event.reason;
        break;
      default:
        break;
    }
  }

  /** `result`: of an outbound call that is settled. */
  summary(result: CallResult | null): CallSummary {
    const attention: Attention[] = [];
    if (this.#endReason !== null && endGroupOf(this.#endReason) === 'ours') attention.push('fault');
    if (this.#waited.some((parts) => waitOf(parts) > SLOW_MS)) attention.push('slow');
    if (isDoubtful(result)) attention.push('result');
    const cost = this.#ledger.costAt(this.#lastAt, this.#prices);
    const { usd, isPartial, isEstimate } = cost;
    return {
      turns: { ...this.#turns },
      waits: this.#waited,
      coughs: this.#coughs,
      fillers: this.#fillers,
      reconnects: { speech: this.#speechLosses, line: this.#lineLosses },
      handOvers: this.#handOvers,
      departures: this.#departures,
      longestSilenceMs: this.#silence.longestMs,
      tokens: { ...this.#tokens },
      cost: { usd, isPartial, isEstimate, byOwner: { ...NO_COSTS, ...Object.fromEntries(byOwner(cost)) } },
      attention,
    };
  }
}

/** The whole wait, of its parts. */
export function waitOf(parts: readonly number[]): number {
  return parts.reduce((all, ms) => all + ms, 0);
}

export function sum(tokens: Tokens, more: Partial<Tokens>): Tokens {
  const next = { ...tokens };
  for (const name of tokensSchema.keyof().options) next[name] += more[name] ?? 0;
  return next;
}

function isDoubtful(result: CallResult | null): boolean {
  if (result?.is === 'answered') return result.findings.some(({ isSupported }) => !isSupported);
  return result?.is === 'failed';
}

/** The longest time in which neither side was heard, as far as events tell: fixed lines count as a moment. */
class Silence {
  longestMs = 0;
  #isCallerSpeaking = false;
  #isAgentHeard = false;
  /** null before the line is connected, and while it is lost. */
  #since: number | null = null;

  take({ at, ...event }: CallEvent): void {
    switch (event.type) {
      case 'line-connected':
        return this.#note(at, true);
      case 'line-lost':
      case 'call-ended':
        return this.#note(at, false);
      case 'caller-began-speaking':
        this.#isCallerSpeaking = true;
        return this.#note(at, false);
      case 'caller-stopped-speaking':
        this.#isCallerSpeaking = false;
        return this.#note(at, true);
      case 'reply-heard':
        this.#isAgentHeard = true;
        return this.#note(at, false);
      case 'turn-finished':
        if (this.#isAgentHeard) this.#note(at, true);
        this.#isAgentHeard = false;
        return;
      case 'greeting-heard':
      case 'line-spoken':
      case 'operator-said':
        return this.#note(at, true);
      default:
        return;
    }
  }

  #note(at: number, mayBeginSilence: boolean): void {
    if (this.#since !== null) this.longestMs = Math.max(this.longestMs, at - this.#since);
    const isQuiet = mayBeginSilence && !this.#isCallerSpeaking && !this.#isAgentHeard;
    this.#since = isQuiet ? at : null;
  }
}
