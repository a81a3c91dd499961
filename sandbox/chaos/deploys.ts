// `npm run chaos -- --deploys`: rolling deploys under live calls, however the balancer leads. Nothing is killed, so nothing is
// excused: no call and no word may be lost or come twice, and nobody is asked where they were.
import type { Leading } from './balancer.ts';
import { type Fault, takeDown } from './faults.ts';
import { randomFrom } from './random.ts';
import { runRound } from './round.ts';
import { startStage, type StoreKind } from './stage.ts';
import type { Row } from './table.ts';

export interface Deploy {
  readonly name: string;
  readonly leading: Leading;
  readonly drainS: number;
}

export const DEPLOYS: readonly Deploy[] = [
  { name: 'led at random', leading: 'random', drainS: 20 },
  { name: 'led by turns', leading: 'alternating', drainS: 20 },
  { name: 'led at random, DRAIN_S=5', leading: 'random', drainS: 5 },
  { name: 'led by turns, DRAIN_S=5', leading: 'alternating', drainS: 5 },
  { name: 'led to the ready only, DRAIN_S=5', leading: 'ready', drainS: 5 },
];

export interface DeploysOptions {
  readonly store: StoreKind;
  /** An empty one; where none is given, a Postgres of one's own is started. */
  readonly postgresUrl?: string;
  readonly seed: number;
  /** Callers at a time. */
  readonly calls: number;
  /** How much each has to say. */
  readonly points: number;
  /** How many processes leave, one after the other. */
  readonly terms: number;
  readonly deploys: readonly Deploy[];
  readonly onProgress: (row: Row) => void;
}

export async function runDeploys(options: DeploysOptions): Promise<Row[]> {
  const { store, postgresUrl, seed, calls, points, terms, deploys, onProgress } = options;
  const rows: Row[] = [];
  for (const { name, leading, drainS } of deploys) {
    const random = randomFrom(seed);
    const env = { DRAIN_S: String(drainS) };
    const shared = postgresUrl === undefined ? {} : { postgresUrl };
    const stage = await startStage({ store, random, leading, env, ...shared });
    let callsSoFar = 0;
    const newCall = (): number => ++callsSoFar;
    const fault: Fault = { name, happen: () => takeDown(stage, 'SIGTERM', terms) };
    try {
      const row = { fault: name, verdict: await runRound({ stage, fault, calls, points, newCall }) };
      rows.push(row);
      onProgress(row);
    } finally {
      await stage.close();
    }
  }
  return rows;
}
