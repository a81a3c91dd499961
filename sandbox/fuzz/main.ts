// `npm run fuzz`: seeded inputs from strangers, agents and programs, beside a live call. Exits with 1 if one of them held the event
// loop over 100 ms, nobody caught an error, or the live call lost a word.
import { argumentsOf, onCtrlC, wholeNumber } from '../arguments.ts';
import { runFuzz } from './fuzz.ts';

const USAGE = `npm run fuzz -- [options]

  --inputs <number>   inputs of each kind (default: 100000)
  --seed <number>     which ones (default: 1)
  --help              this`;

const ENDED_BY_SIGTERM = 143;

const values = argumentsOf(USAGE, {
  inputs: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
});
const inputs = wholeNumber('inputs', values.inputs, 1);
const seed = wholeNumber('seed', values.seed, 0);
// Else its relay stays behind.
onCtrlC(() => {});
process.once('SIGTERM', () => process.exit(ENDED_BY_SIGTERM));

console.log(`${inputs} inputs of each kind, seed ${seed}.\n`);
console.log('| inputs              |  number | refused | longest block, ms | seconds |');
console.log('| ------------------- | ------: | ------: | ----------------: | ------: |');
const { sentences, problems } = await runFuzz(inputs, seed, (row) => {
  const cells = [
    row.name.padEnd(19),
    String(row.inputs).padStart(7),
    String(row.refused).padStart(7),
    row.longestBlockMs.toFixed(0).padStart(17),
    row.seconds.toFixed(0).padStart(7),
  ];
  console.log(`| ${cells.join(' | ')} |`);
});
console.log(`\nThe live call beside it said ${sentences} sentences and heard each repeated.`);
for (const problem of problems) console.log(`✗ ${problem}`);
if (problems.length > 0) process.exitCode = 1;
