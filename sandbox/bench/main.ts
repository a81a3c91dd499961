// `npm run bench`: paced calls on the relay in a process of its own, and in the same run on two yardsticks, the floor and
// the naive design. One after the other, because side by side they would measure each other. Exits with 1 when a frame
// was lost or a call broke, never for being slow.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asMeasured } from '../latencies.ts';
import { type Measured, measure } from './load.ts';
import { goalsOf, tableOf } from './table.ts';

const DESIGNS = {
  floor: './floor.ts',
  relay: '../../src/main.ts',
  naive: './naive.ts',
} as const;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    'as-measured': { type: 'boolean', default: false },
  },
});
const calls = wholeNumber('calls', values.calls);
const seconds = wholeNumber('seconds', values.seconds);

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} must be a whole number of at least 1, but is "${value}".`);
  process.exit(2);
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
  return measured;
}

const results = { floor: await run('floor'), relay: await run('relay'), naive: await run('naive') };

console.log(`\n${calls} calls, ${seconds} s; a turn of each about every 12 s\n`);
console.log(tableOf(results));
// The goals are about the ideal parts; as measured, the parts differ from answer to answer.
console.log(values['as-measured'] ? '' : `\n${goalsOf(results)}\n`);
const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${process.platform}`;
console.log(`${machine}, Node ${process.version}. Beside each design there were:`);
for (const [design, { circumstances }] of Object.entries(results)) {
  const { farEndCores, farEndLoopLateP99Ms, otherCores } = circumstances;
  console.log(
    `  ${design}: far ends ${farEndCores.toFixed(2)} cores, late by ${farEndLoopLateP99Ms.toFixed(1)} ms (p99 of their ` +
      `event loop); others ${otherCores.toFixed(2)} cores`,
  );
}

for (const [design, { frames, framesLost, failures }] of Object.entries(results)) {
  if (framesLost > 0) console.log(`${design}: ${framesLost} of ${frames} frames were lost`);
  for (const failure of failures) console.log(`${design}: ${failure}`);
  if (framesLost > 0 || failures.length > 0) process.exitCode = 1;
}
