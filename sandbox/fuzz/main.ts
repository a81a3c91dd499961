// `npm run fuzz`: seeded inputs from strangers, agents and programs, beside a live call. Exits with 1 if one of them held the event
// loop over 100 ms, nobody caught an error, or the live call lost a word.
import { parseArgs } from 'node:util';
import { runFuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const inputs = wholeNumber('inputs', values.inputs, 1);
const seed = wholeNumber('seed', values.seed, 0);

function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${name} must be a whole number of at least ${least}, but is "${value}".`);
  process.exit(2);
}

console.log(`${inputs} inputs of each kind, seed ${seed}.\n`);
const { rows, sentences, problems } = await runFuzz(inputs, seed);
console.log('| inputs              |  number | refused | longest block, ms | seconds |');
console.log('| ------------------- | ------: | ------: | ----------------: | ------: |');
for (const row of rows) {
  const cells = [
    row.name.padEnd(19),
    String(row.inputs).padStart(7),
    String(row.refused).padStart(7),
    row.longestBlockMs.toFixed(0).padStart(17),
    row.seconds.toFixed(0).padStart(7),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(`\nThe live call beside it said ${sentences} sentences and heard each repeated.`);
for (const problem of problems) console.log(`✗ ${problem}`);
if (problems.length > 0) process.exitCode = 1;
