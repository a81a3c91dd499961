// The primary of several relay processes. It lives as long as the machine is to take calls: whatever a process does, and
// whatever goes wrong here, it goes on.
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { terminalLog } from './cli/terminal.ts';
import { Primary } from './cluster/primary.ts';
import { plainError } from './operator/telemetry/log.ts';

export function startPrimary({ count, drainMs }: { readonly count: number; readonly drainMs: number }): void {
  const log = process.stdout.isTTY ? pino(terminalLog(console.log)) : pino();
  const onBug = (error: unknown): void => {
    log.error({ process: 'primary', err: plainError(error) }, 'bug-found');
  };
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  const primary = new Primary({
    script: fileURLToPath(import.meta.url).replace(/start-primary(\.[jt]s)$/, 'main$1'),
    count,
    drainMs,
    log,
    exit: (code) => process.exit(code),
  });
  process.on('SIGTERM', () => primary.stop());
  process.on('SIGINT', () => primary.stop());
  // A terminal that closes.
  process.on('SIGHUP', () => primary.stop());
}
