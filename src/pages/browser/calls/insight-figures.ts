// Insights as the page shows them: the API's stretches on an even grid, and their sums. Pure.
import type { EndGroup } from '../../../call/end-groups.ts';
import type { CostOwner } from '../../../call/usage.ts';
import type { Insights, Stretch } from '../api-types.ts';

/** Fewer waits than this make a percentile of chance. */
export const ENOUGH = 20;

export interface Cost {
  readonly usd: number;
  readonly isRough: boolean;
}

export interface Series {
  /** Seconds since the epoch, one for each stretch of the time asked for. */
  readonly at: readonly number[];
  readonly calls: readonly number[];
  readonly peak: readonly number[];
  /** In seconds; null: no wait was measured. */
  readonly p50: readonly (number | null)[];
  /** null also where too few waits were measured. */
  readonly p95: readonly (number | null)[];
  /** In USD; null: unknown. */
  readonly costs: Readonly<Record<CostOwner, readonly (number | null)[]>>;
  readonly cost: readonly (Cost | null)[];
}

export function seriesOf({ since, until, step, groups }: Insights): Series {
  const found = new Map(stretchesOf(groups).map((stretch) => [Date.parse(stretch.at), stretch]));
  const first = Date.parse(since);
  const count = Math.ceil((Date.parse(until) - first) / (step * 1000));
  const instants = Array.from({ length: count }, (_, index) => first + index * step * 1000);
  const values = <T>(read: (stretch: Stretch | undefined) => T): T[] =>
    instants.map((at) => read(found.get(at)));
  const costs = (owner: CostOwner): (number | null)[] =>
    values((stretch) => stretch?.cost?.byOwner[owner] ?? null);
  return {
    at: instants.map((at) => at / 1000),
    calls: values((stretch) => stretch?.calls ?? 0),
    peak: values((stretch) => stretch?.peak ?? 0),
    p50: values((stretch) => secondsOf(stretch?.wait?.p50Ms)),
    p95: values((stretch) => ((stretch?.wait?.count ?? 0) < ENOUGH ? null : secondsOf(stretch?.wait?.p95Ms))),
    costs: {
      ears: costs('ears'),
      voice: costs('voice'),
      agent: costs('agent'),
      carrier: costs('carrier'),
    },
    cost: values((stretch) => costOf(stretch?.cost ?? null)),
  };
}

export interface Sums {
  readonly calls: number;
  readonly peak: number;
  readonly turns: number;
  readonly ended: readonly { readonly reason: string; readonly count: number }[];
  readonly groups: Readonly<Record<EndGroup, number>>;
  /** Each a hundred turns. */
  readonly rates: readonly (readonly [name: string, count: number])[];
  readonly longestSilenceMs: number;
  readonly cost: Cost;
}

export function sumsOf({ groups }: Insights): Sums {
  const all = stretchesOf(groups);
  const sum = (read: (stretch: Stretch) => number): number =>
    all.reduce((total, stretch) => total + read(stretch), 0);
  const ended = new Map<string, number>();
  for (const { endReasons } of all)
    for (const [reason, count] of Object.entries(endReasons))
      ended.set(reason, (ended.get(reason) ?? 0) + count);
  const turns = sum(
    ({ turns: { done, interrupted, joined, failed } }) => done + interrupted + joined + failed,
  );
  const rate = (read: (stretch: Stretch) => number): number => (turns === 0 ? 0 : (100 * sum(read)) / turns);
  return {
    calls: sum(({ calls }) => calls),
    peak: Math.max(0, ...all.map(({ peak }) => peak)),
    turns,
    ended: [...ended]
      .map(([reason, count]) => ({ reason, count }))
      .sort((one, other) => other.count - one.count),
    groups: {
      wanted: sum((stretch) => stretch.ended.wanted),
      theirs: sum((stretch) => stretch.ended.theirs),
      ours: sum((stretch) => stretch.ended.ours),
    },
    rates: [
      ['interruptions', rate((stretch) => stretch.turns.interrupted)],
      ['coughs, held and resumed', rate(({ coughs }) => coughs)],
      ['fillers', rate(({ fillers }) => fillers)],
      ['failed answers', rate((stretch) => stretch.turns.failed)],
      ['joined to the next', rate((stretch) => stretch.turns.joined)],
      ['reconnects', rate(({ reconnects }) => reconnects)],
      ['hand-overs', rate(({ handOvers }) => handOvers)],
    ],
    longestSilenceMs: Math.max(0, ...all.map((stretch) => stretch.longestSilenceMs)),
    cost: {
      usd: sum(({ cost }) => cost?.usd ?? 0),
      isRough: all.some(({ cost }) => cost === null || isRough(cost)),
    },
  };
}

function stretchesOf(groups: Insights['groups']): Stretch[] {
  return groups.flatMap(({ stretches }) => stretches);
}

function costOf(cost: Stretch['cost']): Cost | null {
  return cost === null ? null : { usd: cost.usd, isRough: isRough(cost) };
}

/** Some of it is an estimate, or not known. */
function isRough({ isPartial, isEstimate }: NonNullable<Stretch['cost']>): boolean {
  return isPartial || isEstimate;
}

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000;
}
