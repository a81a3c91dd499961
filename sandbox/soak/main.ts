// `npm run soak -- --minutes 30 --calls 50`: calls that talk, end and come anew on the relay in a process of its own; then
// its memory, its handles and its event loop's delay over that time. Exits with 1 when a call broke, never for a slope.
import { parseArgs } from 'node:util';
import { reportOf } from './report.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, calls: { type: 'string', default: '50' } },
});
const minutes = positive('minutes', values.minutes);
const calls = positive('calls', values.calls);
if (!Number.isInteger(calls)) refuse(`--calls must be a whole number, but is "${values.calls}".`);

function positive(name: string, value: string): number {
  const number = Number(value);
  return Number.isFinite(number) && number > 0
    ? number
    : refuse(`--${name} must be a number above 0, but is "${value}".`);
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

console.log(`${calls} calls at a time, for ${minutes} minutes`);
const { samples, callsEnded, replies, failures } = await soak({
  calls,
  minutes,
  onProgress: (what) => console.log(`· ${what}`),
});

console.log(`\n${reportOf(samples)}\n`);
console.log(
  `${samples.length} samples, one a second; slopes are those of the last two thirds. Node ${process.version}`,
);
console.log(`${replies} replies were heard, ${callsEnded} calls came to their end, ${failures.length} broke`);
for (const failure of failures) console.log(`  ${failure}`);
if (failures.length > 0) process.exitCode = 1;
