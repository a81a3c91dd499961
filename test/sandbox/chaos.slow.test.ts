// A short chaos run: few callers, and one fault of each sort.
import { describe, expect, it } from 'vitest';
import { runChaos } from '../../sandbox/chaos/chaos.ts';
import { DEPLOYS, runDeploys } from '../../sandbox/chaos/deploys.ts';
import { type Fault, FAULTS, takeDown } from '../../sandbox/chaos/faults.ts';
import { problemsOf } from '../../sandbox/chaos/table.ts';
import { aPostgresDatabase } from '../store/a-postgres.ts';

function faultOf(name: string): Fault {
  const found = FAULTS.find((fault) => fault.name === name);
  if (found === undefined) throw new Error(`there is no fault "${name}"`);
  return found;
}

describe.concurrent('a short chaos run', () => {
  const SHORT = { seed: 1, calls: 4, points: 1, randomRounds: 0, onProgress: () => {} };
  const KILL: Fault = { name: 'kill -9', happen: (stage) => takeDown(stage, 'SIGKILL', 1) };
  const TERM: Fault = { name: 'SIGTERM', happen: (stage) => takeDown(stage, 'SIGTERM', 1) };

  it('[R1][R3] on SQLite no call is lost, and no word', { timeout: 60_000 }, async () => {
    const faults = [KILL, faultOf('Realtime sockets cut')];
    const rows = await runChaos({ ...SHORT, store: 'sqlite', faults });
    expect(problemsOf(rows)).toBe('');
    expect(rows.map(({ verdict }) => verdict.callsTouched > 0)).toEqual([true, true]);
  });

  it.for(DEPLOYS.filter(({ drainS }) => drainS === 5))(
    '[R2][R6][R7] a deploy loses no call and no word: $name',
    { timeout: 120_000 },
    async (deploy) => {
      const rows = await runDeploys({ ...SHORT, store: 'sqlite', terms: 2, deploys: [deploy] });
      expect(problemsOf(rows)).toBe('');
      expect(rows.map(({ verdict }) => verdict.askedWhere)).toEqual([0]);
    },
  );

  it(
    '[R10][R11][R12] one machine with two processes loses no call and no word with either',
    { timeout: 180_000 },
    async () => {
      const rows = await runChaos({ ...SHORT, store: 'sqlite', processes: 2, faults: [KILL, TERM] });
      expect(problemsOf(rows)).toBe('');
      expect(rows.map(({ verdict }) => verdict.callsTouched > 0)).toEqual([true, true]);
    },
  );

  it('[R2][T5] on Postgres no call is lost, and no word', { timeout: 60_000 }, async (test) => {
    const database = await aPostgresDatabase();
    test.onTestFinished(() => database.stop());
    const faults = [TERM, faultOf('agent 500s')];
    const rows = await runChaos({ ...SHORT, store: 'postgres', postgresUrl: database.url, faults });
    expect(problemsOf(rows)).toBe('');
    expect(rows.map(({ verdict }) => verdict.callsTouched > 0)).toEqual([true, true]);
  });
});
