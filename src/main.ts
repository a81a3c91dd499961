// The process: reads the environment, listens, and on SIGTERM leaves without cutting anybody off.
import dotenv from 'dotenv';
import { pino } from 'pino';
import { terminalLog, welcome } from './cli/terminal.ts';
import { ConfigError } from './config/environment.ts';
import { createRelay } from './relay/relay.ts';
import { readSetup } from './relay/read-setup.ts';

async function main(): Promise<void> {
  dotenv.config({ quiet: true });
  const setup = readSetup(process.env);
  const { port } = setup.config;
  const isTerminal = process.stdout.isTTY;
  const log = pino({ level: setup.config.logLevel }, terminalLog(console.log));
  const relay = createRelay(setup, isTerminal ? { log } : {});
  const lookedUp = await relay.lookUpAgents();
  const problems = lookedUp.flatMap((found) => (found.is === 'wrong' ? [found.problem] : []));
  if (problems.length > 0) throw new ConfigError(problems);
  const listening = await relay.listen().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new ConfigError([
      `PORT ${port} cannot be used (${error.code}). Choose another, or stop the process that uses it.`,
    ]);
  });

  if (isTerminal) console.log(welcome(setup, listening, await relay.signInCode().catch(() => null)));

  // A bug that no call owns ends no call. Node's default would end the process, and print what the caller said.
  process.on('uncaughtException', relay.reportBug);
  process.on('unhandledRejection', relay.reportBug);

  let isLeaving = false;
  const leave = async (): Promise<void> => {
    if (isLeaving) process.exit(1);
    isLeaving = true;
    await relay.drain();
    await relay.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave());
  process.on('SIGINT', () => void leave());
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error('Patchcord cannot start:');
  for (const problem of error.problems) console.error(`  - ${problem}`);
  console.error('Set these in the environment or in .env; .env.example explains each.');
  process.exit(1);
}
