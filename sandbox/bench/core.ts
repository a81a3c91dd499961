// One core for the subject and the others for the far ends, where the system can do that: a relay on a small machine has one,
// and far ends that take its time would be measured with it.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The last one; null where processes cannot be kept to a core, or there is only one. */
const core = availableParallelism() > 1 && canKeepTo('0') ? availableParallelism() - 1 : null;

function canKeepTo(cores: string): boolean {
  return spawnSync('taskset', ['-c', cores, 'true']).status === 0;
}

export const isPinned = core !== null;

/** A command and its arguments, on the subject's core. */
export function onSubjectsCore(command: string, args: readonly string[]): [string, string[]] {
  return core === null ? [command, [...args]] : ['taskset', ['-c', String(core), command, ...args]];
}

/** This process, with all its threads, leaves that core. */
export function leaveSubjectsCore(): void {
  if (core !== null) spawnSync('taskset', ['-apc', core === 1 ? '0' : `0-${core - 1}`, String(process.pid)]);
}
