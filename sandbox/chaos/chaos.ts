// All the rounds on one store, one after the other on the same processes, as far as they live.
import { type Fault, REAL_FAULTS } from './faults.ts';
import { randomFrom } from './random.ts';
import { runRound } from './round.ts';
import { startStage, type StoreKind } from './stage.ts';
import type { Row } from './table.ts';

export interface ChaosOptions {
  readonly store: StoreKind;
  /** An empty one; where none is given, a Postgres of one's own is started. */
  readonly postgresUrl?: string;
  /** One machine with so many processes; if left out, two machines with one each. */
  readonly processes?: number;
  readonly seed: number;
  /** Callers at a time. */
  readonly calls: number;
  /** How much each has to say. */
  readonly points: number;
  /** One after the other. */
  readonly faults: readonly Fault[];
  /** Further ones, by chance. */
  readonly randomRounds: number;
  readonly onProgress: (row: Row) => void;
}

export async function runChaos(options: ChaosOptions): Promise<Row[]> {
  const { store, postgresUrl, processes, seed, calls, points, faults, randomRounds, onProgress } = options;
  const random = randomFrom(seed);
  const chosen = Array.from({ length: randomRounds }, () => random.oneOf(REAL_FAULTS));
  const stage = await startStage({
    store,
    random,
    ...(processes === undefined ? {} : { processes }),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
  });
  const rows: Row[] = [];
  let callsSoFar = 0;
  const newCall = (): number => ++callsSoFar;
  try {
    for (const [index, fault] of [...faults, ...chosen].entries()) {
      const verdict = await runRound({ stage, fault, calls, points, newCall });
      const row = { fault: index < faults.length ? fault.name : `by chance: ${fault.name}`, verdict };
      rows.push(row);
      onProgress(row);
    }
  } finally {
    await stage.close();
  }
  return rows;
}
