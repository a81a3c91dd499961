// A relay process: reads the environment, listens, and on SIGTERM leaves without cutting anybody off. It may be one of several
// that share a port; the primary then says who leaves when.
import cluster from 'node:cluster';
import { pino } from 'pino';
import { terminalLog, welcome } from './cli/terminal.ts';
import { ALONE, siblingsOver } from './cluster/siblings.ts';
import type { Check } from './call/check.ts';
import { systemClock } from './call/system-clock.ts';
import { ConfigError } from './config/environment.ts';
import { Agents } from './relay/agents.ts';
import { createRelay } from './relay/relay.ts';
import { readSetup, type Setup } from './relay/read-setup.ts';

/** Loaded when somebody asks: a relay that takes calls does without. */
async function checksFor(setup: Setup, spends: boolean): Promise<readonly Check[]> {
  const { checksOf } = await import('./cli/doctor/doctor.ts');
  const { warnings } = setup.config;
  return checksOf(setup, {
    agents: new Agents(setup, systemClock, () => {}).all,
    clock: systemClock,
    warning: warnings.length === 0 ? null : warnings.join(' '),
    spends,
  });
}

/** @throws {ConfigError} naming every problem at once. */
export async function startRelay(): Promise<void> {
  const siblings =
    cluster.worker === undefined ? ALONE : siblingsOver(process, cluster.worker.id, systemClock);
  const start = async (): Promise<void> => {
    const setup = readSetup(process.env);
    const relay = createRelay(setup, {
      log: logOf(setup),
      siblings,
      checks: (spends) => checksFor(setup, spends),
    });
    const lookedUp = await relay.lookUpAgents();
    const problems = lookedUp.flatMap((found) => (found.is === 'wrong' ? [found.problem] : []));
    if (problems.length > 0) throw new ConfigError(problems);
    const listening = await relay.listen().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
      throw new ConfigError([
        `PORT ${setup.config.port} cannot be used (${error.code}). Choose another, or stop the process that uses it.`,
      ]);
    });

    // Of several processes only the first of all says it.
    if (process.stdout.isTTY && (cluster.worker?.id ?? 1) === 1)
      console.log(welcome(setup, listening, await relay.signInCode().catch(() => null)));

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
    await relay.join(() => void leave());
    const stop = (): void => {
      if (siblings.areThere && !isLeaving) siblings.wantToLeave();
      else void leave();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    // A terminal that closes.
    process.on('SIGHUP', stop);
  };
  try {
    await start();
  } catch (error) {
    if (error instanceof ConfigError) siblings.cannotStart(error.problems);
    throw error;
  }
}

function logOf({ config }: Setup) {
  const options = { level: config.logLevel };
  const number = Number(process.env['PATCHCORD_PROCESS']);
  const log = process.stdout.isTTY
    ? pino(options, terminalLog(console.log))
    : pino(options, pino.destination({ sync: false }));
  return cluster.isWorker ? log.child({ process: number }) : log;
}
