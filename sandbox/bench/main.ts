// `npm run bench`: paced calls on the relay in a process of its own, and in the same run on two yardsticks, the floor and
// the naive design. One after the other, because side by side they would measure each other. Exits with 1 when a frame
// was lost or a call broke, never for being slow.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { argumentsOf, onCtrlC, wholeNumber } from '../arguments.ts';
import { asMeasured } from '../latencies.ts';
import { type Measured, measure } from './load.ts';
import { goalsOf, tableOf } from './table.ts';

const DESIGNS = {
  floor: './floor.ts',
  relay: '../../src/main.ts',
  naive: './naive.ts',
} as const;

const USAGE = `npm run bench -- [options]

  --calls <number>     calls at a time (default: 100)
  --seconds <number>   how long each design is measured (default: 20)
  --as-measured        the far ends take as long as the vendors were measured
  --help               this

Ctrl-C prints the figures of the designs that were measured by then.`;

const values = argumentsOf(USAGE, {
  calls: { type: 'string', default: '100' },
  seconds: { type: 'string', default: '20' },
  'as-measured': { type: 'boolean', default: false },
});
const calls = wholeNumber('calls', values.calls, 1);
const seconds = wholeNumber('seconds', values.seconds, 1);
const results: Partial<Record<keyof typeof DESIGNS, Measured>> = {};

function printTable(): void {
  console.log(`\n${calls} calls, ${seconds} s; a turn of each about every 12 s\n`);
  console.log(tableOf(results));
  console.log('– : the design has no such part, or it did not happen within that time.');
}

async function run(design: keyof typeof DESIGNS): Promise<Measured> {
  process.stdout.write(`${design}: starting`);
  const measured = await measure({
    script: fileURLToPath(new URL(DESIGNS[design], import.meta.url)),
    calls,
    seconds,
    latencies: values['as-measured'] ? asMeasured() : undefined,
    onProgress: (what) => process.stdout.write(` · ${what}`),
  });
  console.log(' · done');
  return (results[design] = measured);
}

onCtrlC(() => {
  console.log(' · stopped');
  printTable();
});
const all = { floor: await run('floor'), relay: await run('relay'), naive: await run('naive') };

printTable();
// The goals are about the ideal parts; as measured, the parts differ from answer to answer.
console.log(values['as-measured'] ? '' : `\n${goalsOf(all)}\n`);
const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${process.platform}`;
console.log(`${machine}, Node ${process.version}. Beside each design there were:`);
for (const [design, { circumstances }] of Object.entries(all)) {
  const { farEndCores, farEndLoopLateP99Ms, otherCores } = circumstances;
  console.log(
    `  ${design}: far ends ${farEndCores.toFixed(2)} cores, late by ${farEndLoopLateP99Ms.toFixed(1)} ms (p99 of their ` +
      `event loop); others ${otherCores.toFixed(2)} cores`,
  );
}

for (const [design, { frames, framesLost, failures }] of Object.entries(all)) {
  if (framesLost > 0) console.log(`${design}: ${framesLost} of ${frames} frames were lost`);
  for (const failure of failures) console.log(`${design}: ${failure}`);
  if (framesLost > 0 || failures.length > 0) process.exitCode = 1;
}
