// `npm run agent`: an agent of OpenAI's Agents API from a file of instructions, without a dashboard.
import dotenv from 'dotenv';
import { openaiClient } from '../../agent/agent-kind.ts';
import { systemClock } from '../../call/system-clock.ts';
import { ConfigError, loadOpenAiAccess } from '../../config/environment.ts';
import { readArguments, USAGE, WrongUse } from './arguments.ts';
import { type ExitCode, runTask } from './saved-agent.ts';

const ANSWER_WITHIN_MS = 30_000;

async function main(): Promise<ExitCode> {
  const task = readArguments(process.argv.slice(2));
  if (task.is === 'help') {
    console.log(USAGE);
    return 0;
  }
  dotenv.config({ quiet: true });
  const access = loadOpenAiAccess(process.env);
  const client = openaiClient({ ...access, clock: systemClock, agentTimeoutMs: ANSWER_WITHIN_MS });
  return runTask(task, client, (line) => console.log(line));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof WrongUse) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof ConfigError) for (const problem of error.problems) console.error(problem);
  else throw error;
}
