// The process: read the environment, listen, and on SIGTERM leave without cutting anybody off.
import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { problemWithAgentId } from './agent/choose-agent.ts';
import { ConfigError, loadConfig } from './config.ts';
import { buildServer } from './server.ts';

function readInstructions(path: string): string | null {
  if (path === '') return null;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError([`AGENT_INSTRUCTIONS_FILE names "${path}", which cannot be read. Check the path.`]);
  }
}

async function main(): Promise<void> {
  dotenv.config({ quiet: true });
  const config = loadConfig(process.env, problemWithAgentId);
  const relay = buildServer(config, { instructions: readInstructions(config.agentInstructionsFile) });
  await relay.listen().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new ConfigError([
      `PORT ${config.port} cannot be listened on (${error.code}). Choose another, or stop what has it.`,
    ]);
  });

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
