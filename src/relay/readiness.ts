// Whether new calls are taken: by this process, and by the machine. The primary gives a new call to a process that takes
// calls, so the machine is ready as long as one is (R13).
import type { Readiness as Answered, ReadyWarning, Unready } from '../operator/health-routes.ts';
import type { ApiParts } from './api.ts';

export interface Readiness {
  readonly here: () => Answered;
  readonly ofMachine: () => Promise<Answered>;
}

/** The weightiest first. */
const REASONS = ['starting', 'draining', 'full', 'event loop behind', 'Realtime unreachable'] as const;
const WARNINGS = ['store down', 'store behind', 'process down'] as const;

export function readinessOf({
  voices,
  switchboard,
  eventLoop,
  siblings,
}: Pick<ApiParts, 'voices' | 'switchboard' | 'eventLoop' | 'siblings'>): Readiness {
  const { calls, records } = switchboard;
  const here = (): Answered => {
    const isSo: Readonly<Record<Unready, boolean>> = {
      // R6: a process that leaves would not see this one yet, and hand no call over.
      starting: !records.isKnown,
      draining: calls.isDraining,
      full: !calls.isDraining && calls.isFull,
      'event loop behind': eventLoop.isOverloaded(),
      'Realtime unreachable': !voices.isThere,
    };
    const { state } = records.writer;
    return {
      reasons: REASONS.filter((reason) => isSo[reason]),
      warnings: state === 'ok' ? [] : [`store ${state}`],
    };
  };
  return {
    here,
    async ofMachine() {
      const machine = await siblings.machine();
      if (machine === null) return here();
      const { wanted, processes } = machine;
      const reasons = new Set(processes.flatMap((one) => one.reasons));
      const isReady = processes.some((one) => one.reasons.length === 0);
      const warnings = new Set(processes.flatMap((one) => one.warnings));
      if (processes.length < wanted) warnings.add('process down' satisfies ReadyWarning);
      return {
        reasons: isReady ? [] : REASONS.filter((reason) => reasons.has(reason)),
        warnings: WARNINGS.filter((warning) => warnings.has(warning)),
      };
    },
  };
}
