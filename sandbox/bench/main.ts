// `npm run bench`: paced calls on the relay in a process of its own, and in the same run on two yardsticks, the floor and
// the naive design. One after the other, because side by side they would measure each other. Exits with 1 when a frame
// was lost or a call broke, never for being slow.
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { argumentsOf, onCtrlC, refuse, wholeNumber } from '../arguments.ts';
import { asMeasured } from '../latencies.ts';
import { isPinned } from './core.ts';
import { greetingsOf, measureGreetings } from './greetings.ts';
import { type LoadOptions, type Measured, measure } from './load.ts';
import { type Machine, measureMachine } from './machine/machine.ts';
import { machineGoals, machineTable } from './machine/machine-table.ts';
import { type Held, measureProcesses } from './processes/processes.ts';
import { processesSummary, processesTable } from './processes/processes-table.ts';
import { PARTS } from './script.ts';
import { goalsOf, tableOf } from './table.ts';
import { gainOf, waitGoalsOf, waitsOf } from './waits.ts';

/** Beside one. */
const PROCESSES = 2;
const host = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${process.platform}, Node ${process.version}`;

type Design = Pick<LoadOptions, 'script' | 'env' | 'leastSilenceMs'>;

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const script = pathOf('../../src/main.ts');
const DESIGNS = {
  floor: { script: pathOf('./floor.ts') },
  relay: { script },
  ahead: { script, env: { PROFILES: pathOf('./ahead.profiles.json') } },
  // The relay waits no longer than the VAD, which takes the whole wait for itself.
  oneStep: {
    script,
    leastSilenceMs: PARTS.silenceMs,
    env: { VAD_SILENCE_MS: String(PARTS.vadSilenceMs) },
  },
  naive: { script: pathOf('./naive.ts') },
} satisfies Record<string, Design>;

const USAGE = `npm run bench -- [options]

  --part <which>       wait: how long callers wait, beside the naive design; machine: CPU, memory and each frame's way
                       beside the floor, on one core; both (default), about ten minutes;
                       processes: one relay process beside two, on all cores
  --calls <number>     calls at a time (default: 100); of machine and processes several, such as 100,200
  --seconds <number>   wait: how long each design is measured (default: 20)
  --as-measured        wait: the far ends take as long as the vendors were measured
  --rounds <number>    machine, processes: how often both are measured by turns (default: 5)
  --most <number>      machine: with so many calls the relay must lose no frame (default: 400; 0 skips it)
  --help               this

Only the machine, with 100 and with 200 calls, takes seven minutes: npm run bench -- --part machine --calls 100,200
Ctrl-C prints the figures of the designs that were measured by then.`;

const values = argumentsOf(USAGE, {
  calls: { type: 'string', default: '100' },
  seconds: { type: 'string', default: '20' },
  'as-measured': { type: 'boolean', default: false },
  part: { type: 'string', default: 'both' },
  rounds: { type: 'string', default: '5' },
  most: { type: 'string', default: '400' },
});
if (!['wait', 'machine', 'processes', 'both'].includes(values.part))
  refuse(`--part must be wait, machine, processes or both, but is "${values.part}".`);
const callCounts = values.calls.split(',').map((count) => wholeNumber('calls', count, 1));
const calls = callCounts[0] ?? 1;
const seconds = wholeNumber('seconds', values.seconds, 1);
const results: Partial<Record<keyof typeof DESIGNS, Measured>> = {};

function printTable(): void {
  console.log(`\n${calls} calls, ${seconds} s; a turn of each about every 12 s\n`);
  console.log(tableOf(results));
  console.log('– : the design has no such part, or it did not happen within that time.\n');
  console.log(waitsOf(results));
}

async function run(design: keyof typeof DESIGNS): Promise<Measured> {
  process.stdout.write(`${design}: starting`);
  const measured = await measure({
    ...DESIGNS[design],
    calls,
    seconds,
    latencies: values['as-measured'] ? asMeasured() : undefined,
    onProgress: (what) => process.stdout.write(` · ${what}`),
  });
  console.log(' · done');
  return (results[design] = measured);
}

let machine: Machine | null = null;

/** Exits with 1 where a frame was lost or a call broke. */
async function runMachine(): Promise<void> {
  process.stdout.write('the machine: starting');
  const measured = await measureMachine(
    {
      calls: callCounts,
      mostCalls: wholeNumber('most', values.most, 0),
      rounds: wholeNumber('rounds', values.rounds, 1),
      onProgress: (what) => process.stdout.write(` · ${what}`),
    },
    (begun) => (machine = begun),
  );
  console.log(` · done\n\n${machineTable(measured)}\n\n${machineGoals(measured)}`);
  console.log(isPinned ? '' : 'The subject could not be kept to one core.');
  for (const totals of [measured.totals, measured.full?.totals ?? null]) {
    if (totals === null || totals.lost + totals.broken === 0) continue;
    const { frames, lost, broken } = totals;
    console.log(`the machine: ${lost} of the relay's ${frames} frames were lost, and ${broken} calls broke`);
    process.exitCode = 1;
  }
}

const held: Held[] = [];

async function runProcesses(): Promise<void> {
  process.stdout.write('the processes: starting');
  await measureProcesses(
    {
      processes: PROCESSES,
      calls: callCounts,
      rounds: wholeNumber('rounds', values.rounds, 1),
      onProgress: (what) => process.stdout.write(` · ${what}`),
    },
    (one) => held.push(one),
  );
  console.log(' · done');
}

function printProcesses(): void {
  console.log(`\n${processesTable(held)}\n\n${processesSummary(held)}\n${host}`);
}

onCtrlC(() => {
  console.log(' · stopped');
  if (held.length > 0) return printProcesses();
  if (Object.keys(results).length > 0 || machine === null) printTable();
  if (machine !== null) console.log(`\n${machineTable(machine)}`);
});
if (values.part === 'processes') {
  await runProcesses();
  printProcesses();
  process.exit();
}
if (values.part === 'machine') {
  await runMachine();
  process.exit();
}
process.stdout.write('the greeting: starting');
const greetings = await measureGreetings(script);
console.log(' · done');
const all = {
  floor: await run('floor'),
  relay: await run('relay'),
  ahead: await run('ahead'),
  oneStep: await run('oneStep'),
  naive: await run('naive'),
};

printTable();
console.log(`\n${greetingsOf(greetings)}`);
// As measured, the parts differ from answer to answer, so that only differences are goals.
console.log(values['as-measured'] ? `\n${gainOf(all)}\n` : `\n${goalsOf(all)}\n${waitGoalsOf(all)}\n`);
console.log(`${host}. Beside each design there were:`);
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
if (values.part === 'both') await runMachine();
