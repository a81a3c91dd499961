// `npm run doctor`: checks everything that a call needs, without taking one; exits with 0 if nothing is wrong. The relay
// may run meanwhile; the public address can be checked only if it does.
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { systemClock } from '../../call/system-clock.ts';
import { ConfigError } from '../../config/environment.ts';
import { Agents } from '../../relay/agents.ts';
import { readSetup } from '../../relay/read-setup.ts';
import { checksOf } from './doctor.ts';
import { report } from './report.ts';

const USAGE = `npm run doctor                    checks everything that a call needs, and places none
npm run doctor -- --ask-agent     also asks the agent a question, which costs a turn`;

const ASKS_AGENT = readArguments();

/** Prints help and exits with 0, or says what is wrong and exits with 2. */
function readArguments(): boolean {
  try {
    const { values } = parseArgs({
      options: {
        'ask-agent': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) return values['ask-agent'];
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
  console.log(USAGE);
  process.exit(0);
}

async function main(): Promise<boolean> {
  dotenv.config({ quiet: true });
  const setup = readSetup(process.env);
  const { warnings } = setup.config;
  const checks = checksOf(setup, {
    agents: new Agents(setup, systemClock, () => {}).all,
    clock: systemClock,
    asksAgent: ASKS_AGENT,
    warning: warnings.length === 0 ? null : warnings.join(' '),
  });
  return report(checks, process.stdout);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.exitCode = 1;
  console.error('✗ Configuration');
  for (const problem of error.problems) console.error(`    ${problem}`);
  console.error('Set these in the environment or in .env; .env.example explains each.');
}
