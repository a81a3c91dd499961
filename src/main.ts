// The process: the relay, or with PROCESSES the primary of several. Either imports only what it needs, and only once the
// compile cache is open: compiling is half of a start.
import cluster from 'node:cluster';
import { enableCompileCache } from 'node:module';
import dotenv from 'dotenv';

const { directory } = enableCompileCache();
// Threads take it from the environment. Without it, that of SQLite strips its types anew: 11 MB and 50 ms.
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory;
const { ConfigError, readProcesses } = await import('./config/environment.ts');

dotenv.config({ quiet: true });
try {
  const { processes, drainMs } = readProcesses(process.env);
  if (processes === 1 || cluster.isWorker) {
    const { startRelay } = await import('./start-relay.ts');
    await startRelay();
  } else {
    const { startPrimary } = await import('./start-primary.ts');
    startPrimary({ count: processes, drainMs });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error('Patchcord cannot start:');
  for (const problem of error.problems) console.error(`  - ${problem}`);
  console.error('Set these in the environment or in .env; .env.example explains each.');
  process.exit(1);
}
