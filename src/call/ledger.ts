// What a call used and what that costs, from its events. Pure. What nobody told is null, never 0: a sum with a null in it is
// the least that the call cost. The carrier's minutes are estimated until it has told its own price.
import { z } from 'zod';
import { isBrowserId, isOutboundId } from './call-id.ts';
import type { CallEvent } from './call.ts';
import { bySound, byTokens, type PriceTable, pricePerMinute } from './prices.ts';
import { COST_OWNERS, type CostOwner, type SecondsUsage, type TokenUsage, type UsageOwner } from './usage.ts';

const ledgerLineSchema = z.strictObject({
  owner: z.enum(COST_OWNERS),
  what: z.string(),
  quantity: z.number().min(0).nullable().meta({ description: 'null: nobody told how much.' }),
  unit: z.enum(['tokens', 'minutes', 'calls']),
  usd: z
    .number()
    .min(0)
    .nullable()
    .meta({ description: 'null: unknown, or without a price; never 0 for that.' }),
});

export const callCostSchema = z
  .strictObject({
    usd: z.number().min(0).meta({ description: 'The sum of what is known.' }),
    isPartial: z
      .boolean()
      .meta({ description: 'Something is in no sum: nobody told how much, or it has no price.' }),
    isEstimate: z.boolean().meta({
      description: "The telephone's part is an estimate until Twilio has told its price, an hour later.",
    }),
    pricesOf: z.iso.date().meta({ description: 'The day of the price table.' }),
    lines: z.array(ledgerLineSchema),
  })
  .meta({ id: 'CallCost', description: 'In USD; of a call in progress, so far.' });

export type LedgerLine = Readonly<z.infer<typeof ledgerLineSchema>>;
export type CallCost = Readonly<z.infer<typeof callCostSchema>>;

interface Counted {
  readonly owner: UsageOwner;
  readonly model: string;
  readonly tokens: { -readonly [Kind in keyof Omit<TokenUsage, 'unit'>]: number };
  seconds: number;
}

const MINUTE_MS = 60_000;
const TOKEN_KINDS = {
  textIn: 'text in',
  cachedTextIn: 'text in, cached',
  audioIn: 'sound in',
  cachedAudioIn: 'sound in, cached',
  textOut: 'text out',
  audioOut: 'sound out',
} as const;

/** A running ledger of one call: takes its events in order. */
export class Ledger {
  readonly #counted = new Map<string, Counted>();
  #callId = '';
  #numbers = { from: '', to: '' };
  #answeredAt: number | null = null;
  #endedAt: number | null = null;
  #streamSince: number | null = null;
  #streamMs = 0;
  #asked = 0;
  #told = 0;
  #transferredTo: string | null = null;
  #isTransferred = false;
  #carrierUsd: number | null = null;

  take(event: CallEvent): void {
    this.#callId = event.callId;
    switch (event.type) {
      case 'call-queued':
        this.#numbers = event;
        return;
      case 'call-started':
        this.#numbers = event;
        this.#answeredAt ??= event.at;
        this.#endedAt = null;
        return;
      case 'call-answered':
        this.#answeredAt ??= event.at;
        return;
      case 'line-connected':
        this.#closeStream(event.at);
        this.#streamSince = event.at;
        return;
      case 'line-lost':
        this.#closeStream(event.at);
        return;
      case 'transfer-began':
        this.#transferredTo = event.to;
        return;
      case 'agent-told':
        if (event.turnId !== 0) this.#asked++;
        return;
      case 'usage-counted':
        this.#count(event);
        return;
      case 'carrier-priced':
        this.#carrierUsd = event.usd;
        return;
      case 'call-ended':
        this.#closeStream(event.at);
        if (event.reason === 'handed-over') return;
        this.#isTransferred = event.reason === 'transferred';
        this.#endedAt = event.at;
        return;
      default:
    }
  }

  /** As of `now`, for a call that is not over. */
  costAt(now: number, prices: PriceTable): CallCost {
    const lines = [...this.#modelLines(prices), ...this.#agentNotTold(), ...this.#carrierLines(now, prices)];
    return {
      usd: rounded(lines.reduce((sum, { usd }) => sum + (usd ?? 0), 0)),
      isPartial: lines.some(({ usd }) => usd === null),
      isEstimate: this.#carrierUsd === null && lines.some(({ owner }) => owner === 'carrier'),
      pricesOf: prices.date,
      lines,
    };
  }

  #closeStream(at: number): void {
    if (this.#streamSince !== null) this.#streamMs += Math.max(0, at - this.#streamSince);
    this.#streamSince = null;
  }

  #count({ owner, model, usage }: Extract<CallEvent, { type: 'usage-counted' }>): void {
    if (owner === 'agent') this.#told++;
    const key = `${owner} ${model ?? ''}`;
    const counted = this.#counted.get(key) ?? newCounted(owner, model ?? 'a model that was not named');
    this.#counted.set(key, counted);
    if (usage.unit === 'seconds') counted.seconds += usage.seconds;
    else for (const kind of kinds()) counted.tokens[kind] += usage[kind];
  }

  #modelLines(prices: PriceTable): LedgerLine[] {
    return [...this.#counted.values()].flatMap(({ owner, model, tokens, seconds }) => {
      const sound = {
        unit: 'seconds',
        seconds: seconds + tokens.audioIn / TOKENS_A_SECOND,
      } satisfies SecondsUsage;
      const perMinute = owner === 'ears' ? bySound(prices, model) : null;
      if (perMinute !== null || seconds > 0) {
        const minutes = sound.seconds / 60;
        const usd = perMinute === null ? null : rounded(minutes * perMinute);
        return [
          { owner, what: `${model}: sound heard`, quantity: rounded(minutes), unit: 'minutes', usd } as const,
        ];
      }
      const rates = byTokens(prices, model);
      return kinds().flatMap((kind): LedgerLine[] => {
        // The counts of what went in hold the cached part, which has a price of its own.
        const cached =
          kind === 'textIn' ? tokens.cachedTextIn : kind === 'audioIn' ? tokens.cachedAudioIn : 0;
        const quantity = tokens[kind] - cached;
        if (quantity <= 0) return [];
        const rate = rates?.[kind];
        const usd = rate === undefined ? null : rounded((quantity * rate) / 1_000_000);
        return [{ owner, what: `${model}: ${TOKEN_KINDS[kind]}`, quantity, unit: 'tokens', usd }];
      });
    });
  }

  /** An agent whose API counts nothing, or not each of its replies: what was cut off is often not told. */
  #agentNotTold(): LedgerLine[] {
    const missing = Math.max(0, this.#asked - this.#told);
    if (missing === 0) return [];
    const what = `replies of the agent whose use was not told: ${missing} of ${this.#asked}`;
    return [{ owner: 'agent', what, quantity: null, unit: 'tokens', usd: null }];
  }

  #carrierLines(now: number, prices: PriceTable): LedgerLine[] {
    if (isBrowserId(this.#callId) || this.#answeredAt === null) return [];
    const isOut = isOutboundId(this.#callId);
    const endedAt = this.#endedAt ?? now;
    const minutes = Math.max(1, startedMinutes(endedAt - this.#answeredAt));
    const leg = isOut
      ? pricePerMinute(prices.carrier.outbound, this.#numbers.to)
      : pricePerMinute(prices.carrier.inbound, this.#numbers.to);
    const streamMs = this.#streamMs + (this.#streamSince === null ? 0 : endedAt - this.#streamSince);
    const line = (
      what: string,
      quantity: number,
      unit: 'minutes' | 'calls',
      price: number | null,
    ): LedgerLine[] =>
      quantity === 0
        ? []
        : [
            {
              owner: 'carrier',
              what,
              quantity,
              unit,
              usd: price === null ? null : rounded(quantity * price),
            },
          ];
    return [
      ...(this.#carrierUsd === null
        ? line(`minutes of the ${isOut ? 'outbound' : 'inbound'} leg`, minutes, 'minutes', leg)
        : [
            {
              owner: 'carrier',
              what: 'the legs, as the carrier priced them',
              quantity: minutes,
              unit: 'minutes',
              usd: this.#carrierUsd,
            } as const,
          ]),
      ...line('minutes of the media stream', startedMinutes(streamMs), 'minutes', prices.carrier.stream),
      ...(isOut ? line('answering-machine detection', 1, 'calls', prices.carrier.machineDetection) : []),
      // Another leg, which goes on without the relay: only the carrier knows for how long.
      ...(this.#isTransferred && this.#transferredTo !== null && this.#carrierUsd === null
        ? ([
            { owner: 'carrier', what: 'the transferred leg', quantity: null, unit: 'minutes', usd: null },
          ] as const)
        : []),
    ];
  }
}

export function costOf(events: Iterable<CallEvent>, now: number, prices: PriceTable): CallCost {
  const ledger = new Ledger();
  for (const event of events) ledger.take(event);
  return ledger.costAt(now, prices);
}

/** What each owner costs; null where something of theirs is unknown and nothing is known. */
export function byOwner({ lines }: CallCost): ReadonlyMap<CostOwner, number | null> {
  const sums = new Map<CostOwner, number | null>();
  for (const { owner, usd } of lines) {
    const before = sums.get(owner) ?? null;
    sums.set(owner, usd === null ? before : rounded((before ?? 0) + usd));
  }
  return sums;
}

/** OpenAI counts the caller's sound as one token for each 100 ms. */
const TOKENS_A_SECOND = 10;

function newCounted(owner: UsageOwner, model: string): Counted {
  const tokens = { textIn: 0, cachedTextIn: 0, audioIn: 0, cachedAudioIn: 0, textOut: 0, audioOut: 0 };
  return { owner, model, tokens, seconds: 0 };
}

function kinds(): readonly (keyof typeof TOKEN_KINDS)[] {
  return ['textIn', 'cachedTextIn', 'audioIn', 'cachedAudioIn', 'textOut', 'audioOut'];
}

/** The carrier bills each minute that began. */
function startedMinutes(ms: number): number {
  return Math.ceil(Math.max(0, ms) / MINUTE_MS);
}

/** To a millionth, so that what is shown adds up. */
export function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
