// `npm run chaos`: the relay as it really runs, two processes on SQLite and then on Postgres, under calls that go on while one
// thing after another breaks; with `--deploys`, through rolling deploys under every balancer. Exits with 1 when a call or a
// word was lost or doubled that should not have been, or a caller heard nothing for too long.
import { argumentsOf, onCtrlC, refuse, wholeNumber } from '../arguments.ts';
import { runChaos } from './chaos.ts';
import { DEPLOYS, runDeploys } from './deploys.ts';
import { FAULTS } from './faults.ts';
import type { StoreKind } from './stage.ts';
import { problemsOf, type Row, silencesOf, tableOf } from './table.ts';
import { isGood } from './verdict.ts';

const USAGE = `npm run chaos -- [options]

  --seed <number>      repeats a run (default: by chance)
  --rounds <number>    further faults, picked by chance (default: 1)
  --calls <number>     callers at a time (default: 8, with --deploys 30)
  --processes <number> one machine with so many processes behind one port, in place of two machines
  --deploys            rolling deploys in place of faults
  --store <store>      sqlite, postgres or both (default: both)
  --only <text>        only the faults or deploys whose name contains this
  --help               this

Ctrl-C prints the table of what was done by then.`;

const values = argumentsOf(USAGE, {
  seed: { type: 'string' },
  rounds: { type: 'string', default: '1' },
  calls: { type: 'string' },
  processes: { type: 'string' },
  deploys: { type: 'boolean', default: false },
  store: { type: 'string', default: 'both' },
  only: { type: 'string', default: '' },
});
const POINTS = 2;
/** How many processes leave in a run of deploys. */
const TERMS = 3;
const seed =
  values.seed === undefined ? Math.floor(Math.random() * 1e6) : wholeNumber('seed', values.seed, 0);
const randomRounds = wholeNumber('rounds', values.rounds, 0);
const calls = wholeNumber('calls', values.calls ?? (values.deploys ? '30' : '8'), 1);
const processes = values.processes === undefined ? null : wholeNumber('processes', values.processes, 2);
if (processes !== null && values.deploys) refuse('--processes does not go with --deploys.');
const stores = storesOf(values.store);
const isChosen = ({ name }: { readonly name: string }): boolean => name.includes(values.only);

function storesOf(value: string): readonly StoreKind[] {
  if (value === 'both') return ['sqlite', 'postgres'];
  if (value === 'sqlite' || value === 'postgres') return [value];
  return refuse(`--store must be sqlite, postgres or both, but is "${value}".`);
}

function tellProgress({ fault, verdict }: Row): void {
  const { callsTouched, longestSilenceMs } = verdict;
  const seconds = (performance.now() / 1000).toFixed(0).padStart(4);
  const about = `${callsTouched} calls, longest silence ${longestSilenceMs.toFixed(0)} ms`;
  console.log(`${seconds} s  ${isGood(verdict) ? '✓' : '✗'} ${fault}: ${about}`);
}

const results: { readonly store: StoreKind; readonly rows: Row[] }[] = [];

function printTables(): void {
  for (const { store, rows } of results) {
    console.log(`\n### On ${store}\n\n${tableOf(rows)}`);
    const problems = [problemsOf(rows), silencesOf(rows)].filter((lines) => lines !== '');
    if (problems.length === 0) continue;
    console.log(`\n${problems.join('\n')}`);
    process.exitCode = 1;
  }
  if (process.exitCode !== 1) return;
  const where = processes === null ? '' : `--processes ${processes} `;
  const how = values.deploys ? '--deploys' : `${where}--rounds ${randomRounds}`;
  console.log(`\nAgain: npm run chaos -- ${how} --seed ${seed} --calls ${calls}`);
}

const machines = processes === null ? 'Two relay processes' : `One machine with ${processes} relay processes`;
console.log(`${machines}, ${calls} callers, seed ${seed}.`);
onCtrlC(printTables);
for (const store of stores) {
  console.log(`\non ${store}`);
  const rows: Row[] = [];
  results.push({ store, rows });
  const onProgress = (row: Row): void => {
    rows.push(row);
    tellProgress(row);
  };
  const shared = { store, seed, calls, points: POINTS, onProgress };
  if (values.deploys) await runDeploys({ ...shared, terms: TERMS, deploys: DEPLOYS.filter(isChosen) });
  else
    await runChaos({
      ...shared,
      ...(processes === null ? {} : { processes }),
      faults: FAULTS.filter(isChosen),
      randomRounds,
    });
}
printTables();
