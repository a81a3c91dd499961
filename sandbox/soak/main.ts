// `npm run soak -- --minutes 30 --calls 50`: calls that talk, end and come anew on the relay in a process of its own; then
// its memory, its handles and its event loop's delay over that time. Exits with 1 when a call broke, never for a slope.
import { argumentsOf, ENDED_BY_CTRL_C, refuse, wholeNumber } from '../arguments.ts';
import { reportOf } from './report.ts';
import { soak } from './soak.ts';

const USAGE = `npm run soak -- [options]

  --minutes <number>   how long (default: 2)
  --calls <number>     calls at a time (default: 50)
  --help               this

Ctrl-C ends the calls and reports on what was measured by then.`;

const values = argumentsOf(USAGE, {
  minutes: { type: 'string', default: '2' },
  calls: { type: 'string', default: '50' },
});
const minutes = positive('minutes', values.minutes);
const calls = wholeNumber('calls', values.calls, 1);
const stopped = new AbortController();
// A second Ctrl-C ends the process at once; the relay goes with it.
process.once('SIGINT', () => stopped.abort());

function positive(name: string, value: string): number {
  const number = Number(value);
  return Number.isFinite(number) && number > 0
    ? number
    : refuse(`--${name} must be a number above 0, but is "${value}".`);
}

console.log(`${calls} calls at a time, for ${minutes} minutes`);
const { samples, callsEnded, replies, failures } = await soak({
  calls,
  minutes,
  stopped: stopped.signal,
  onProgress: (what) => console.log(`· ${what}`),
});

console.log(`\n${reportOf(samples)}\n`);
console.log(
  `${samples.length} samples, one a second; slopes are those of the last two thirds. Node ${process.version}`,
);
console.log(`${replies} replies were heard, ${callsEnded} calls came to their end, ${failures.length} broke`);
for (const failure of failures) console.log(`  ${failure}`);
if (failures.length > 0) process.exitCode = 1;
else if (stopped.signal.aborted) process.exitCode = ENDED_BY_CTRL_C;
