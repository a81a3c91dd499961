// How calls went over time: their summaries, gathered into stretches. Pure.
import { type CallSummary, NO_COSTS, type OwnerCosts, sum, type Tokens, waitOf } from './call-summary.ts';
import { endGroupOf, type EndGroup } from './end-groups.ts';
import { rounded } from './ledger.ts';
import { WAIT_PARTS, type WaitPart } from './turn-waits.ts';
import { COST_OWNERS, type UsageOwner } from './usage.ts';

/** What is read of a call that has begun in the time asked for. */
export interface CallDigest {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly via: 'phone' | 'browser';
  readonly profile: string;
  readonly startedAt: number;
  readonly ended: { readonly at: number; readonly reason: string } | null;
  readonly summary: CallSummary | null;
}

/** By what the calls are told apart; `none`: all together. */
export const INSIGHT_GROUPS = ['none', 'profile', 'direction', 'via', 'endReason'] as const;
export type InsightGroup = (typeof INSIGHT_GROUPS)[number];

/** More values than this are gathered under `other`. */
const MOST_GROUPS = 20;
const OTHER = 'other';
/** Of a stretch, the first that come: sorting more would take too long at a time. */
const MOST_WAITS = 5_000;
const OUTCOMES = ['done', 'interrupted', 'joined', 'failed'] as const;
const OWNERS = ['voice', 'ears', 'agent'] as const;

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface Stretch {
  readonly at: number;
  readonly calls: number;
  /** The most that were live at a time. */
  readonly peak: number;
  /** Of those that ended: from start to end. */
  readonly seconds: number;
  readonly ended: Readonly<Record<EndGroup, number>>;
  readonly endReasons: Readonly<Record<string, number>>;
  readonly turns: CallSummary['turns'];
  readonly coughs: number;
  readonly fillers: number;
  readonly departures: number;
  readonly reconnects: number;
  readonly handOvers: number;
  readonly longestSilenceMs: number;
  /** null: no wait was measured. */
  readonly wait: Spread | null;
  readonly parts: Readonly<Record<WaitPart, Spread>> | null;
  readonly tokens: CallSummary['tokens'];
  /** null: of no call it is known. */
  readonly cost: StretchCost | null;
}

/** In USD. Calls of older versions are in `usd` alone, so it may be more than the sum of the owners. */
export interface StretchCost {
  readonly usd: number;
  readonly isPartial: boolean;
  readonly isEstimate: boolean;
  readonly byOwner: OwnerCosts;
}

export interface InsightsOf {
  readonly since: number;
  readonly until: number;
  readonly stepMs: number;
  readonly by: InsightGroup;
}

export interface GatheredInsights {
  readonly groups: readonly { readonly value: string; readonly stretches: readonly Stretch[] }[];
  readonly isCut: boolean;
}

/** Takes digests in any order, and keeps little of each. */
export class Insights {
  readonly #of: InsightsOf;
  readonly #groups = new Map<string, Map<number, Gathering>>();

  constructor(of: InsightsOf) {
    this.#of = of;
  }

  take(digest: CallDigest): void {
    const { since, until, stepMs, by } = this.#of;
    if (digest.startedAt < since || digest.startedAt >= until) return;
    const value = by === 'none' ? '' : valueOf(digest, by);
    const isNew = !this.#groups.has(value);
    const group = isNew && this.#groups.size >= MOST_GROUPS ? OTHER : value;
    const stretches = this.#groups.get(group) ?? new Map<number, Gathering>();
    this.#groups.set(group, stretches);
    const at = since + Math.floor((digest.startedAt - since) / stepMs) * stepMs;
    const gathering = stretches.get(at) ?? new Gathering(at);
    stretches.set(at, gathering);
    gathering.add(digest);
  }

  /** Groups by name, stretches by time; a stretch without a call is left out. Calls `breathe` between two stretches. */
  async groups(breathe: () => Promise<void>): Promise<GatheredInsights['groups']> {
    const groups: { value: string; stretches: Stretch[] }[] = [];
    for (const [value, gatherings] of this.#groups) {
      const stretches: Stretch[] = [];
      for (const gathering of gatherings.values()) {
        stretches.push(gathering.stretch());
        await breathe();
      }
      groups.push({ value, stretches: stretches.sort((one, other) => one.at - other.at) });
    }
    return groups.sort((one, other) => (one.value < other.value ? -1 : 1));
  }
}

function valueOf(digest: CallDigest, by: Exclude<InsightGroup, 'none'>): string {
  return by === 'endReason' ? (digest.ended?.reason ?? 'live') : digest[by];
}

class Gathering {
  readonly #at: number;
  #calls = 0;
  #ms = 0;
  readonly #ended: Record<EndGroup, number> = { wanted: 0, theirs: 0, ours: 0 };
  readonly #endReasons: Record<string, number> = {};
  readonly #turns = { done: 0, interrupted: 0, joined: 0, failed: 0 };
  readonly #sums = { coughs: 0, fillers: 0, departures: 0, reconnects: 0, handOvers: 0 };
  readonly #tokens: Record<UsageOwner, Tokens | null> = { voice: null, ears: null, agent: null };
  #cost: StretchCost | null = null;
  #longestSilenceMs = 0;
  readonly #waits: (readonly number[])[] = [];
  /** When calls began, and when they ended. */
  readonly #changes: { readonly at: number; readonly by: 1 | -1 }[] = [];

  constructor(at: number) {
    this.#at = at;
  }

  add({ startedAt, ended, summary }: CallDigest): void {
    this.#calls++;
    this.#changes.push({ at: startedAt, by: 1 });
    if (ended !== null) {
      this.#changes.push({ at: ended.at, by: -1 });
      this.#ended[endGroupOf(ended.reason)]++;
      this.#endReasons[ended.reason] = (this.#endReasons[ended.reason] ?? 0) + 1;
      this.#ms += Math.max(0, ended.at - startedAt);
    }
    if (summary !== null) this.#addSummary(summary);
  }

  #addSummary(summary: CallSummary): void {
    for (const outcome of OUTCOMES) this.#turns[outcome] += summary.turns[outcome];
    const { coughs, fillers, departures, handOvers, reconnects } = summary;
    this.#sums.coughs += coughs;
    this.#sums.fillers += fillers;
    this.#sums.departures += departures;
    this.#sums.handOvers += handOvers;
    this.#sums.reconnects += reconnects.speech + reconnects.line;
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, summary.longestSilenceMs);
    this.#waits.push(...summary.waits.slice(0, MOST_WAITS - this.#waits.length));
    for (const owner of OWNERS) {
      const more = summary.tokens[owner];
      const before = this.#tokens[owner];
      if (more !== null) this.#tokens[owner] = before === null ? more : sum(before, more);
    }
    if (summary.cost !== null) this.#cost = withCost(this.#cost, summary.cost);
  }

  stretch(): Stretch {
    return {
      at: this.#at,
      calls: this.#calls,
      peak: peakOf(this.#changes),
      seconds: Math.round(this.#ms / 1000),
      ended: this.#ended,
      endReasons: this.#endReasons,
      turns: this.#turns,
      ...this.#sums,
      longestSilenceMs: this.#longestSilenceMs,
      wait: spreadOf(this.#waits.map(waitOf)),
      parts: partsOf(this.#waits),
      tokens: this.#tokens,
      cost: this.#cost,
    };
  }
}

function withCost(before: StretchCost | null, more: NonNullable<CallSummary['cost']>): StretchCost {
  const byOwner = { ...(before?.byOwner ?? NO_COSTS) };
  for (const owner of COST_OWNERS) {
    const usd = more.byOwner?.[owner] ?? null;
    if (usd !== null) byOwner[owner] = rounded((byOwner[owner] ?? 0) + usd);
  }
  return {
    usd: rounded((before?.usd ?? 0) + more.usd),
    isPartial: more.isPartial || before?.isPartial === true,
    isEstimate: more.isEstimate || before?.isEstimate === true,
    byOwner,
  };
}

function peakOf(changes: { readonly at: number; readonly by: 1 | -1 }[]): number {
  // One that ends in the moment in which another begins was not live with it.
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let live = 0;
  let peak = 0;
  for (const { by } of changes) {
    live += by;
    peak = Math.max(peak, live);
  }
  return peak;
}

/** null if there is nothing to spread. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  if (sorted.length === 0) return null;
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: sorted.at(-1) ?? 0 };
}

const NOTHING: Spread = { count: 0, p50Ms: 0, p95Ms: 0, maxMs: 0 };

/** Of waits as a summary keeps them; null if there are none. */
export function partsOf(waits: readonly (readonly number[])[]): Record<WaitPart, Spread> | null {
  if (waits.length === 0) return null;
  const part = (name: WaitPart): Spread =>
    spreadOf(waits.map((parts) => parts[WAIT_PARTS.indexOf(name)] ?? 0)) ?? NOTHING;
  return {
    closing: part('closing'),
    transcript: part('transcript'),
    sure: part('sure'),
    agent: part('agent'),
    sentence: part('sentence'),
    voice: part('voice'),
    line: part('line'),
  };
}
