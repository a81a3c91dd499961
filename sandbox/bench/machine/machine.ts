// The small machine: what the relay costs beside the floor, on one core, and how it is when the core is full. Every ratio is
// the median of several rounds.
import { leaveSubjectsCore } from '../core.ts';
import { type Design, type Load, Loads, type Start, type Totals, type Window } from './loads.ts';

export interface MachineOptions {
  /** How many calls at a time: each number is measured with and without turns. */
  readonly calls: readonly number[];
  /** The relay alone, with nobody speaking: whether a frame is lost. 0 for not at all. */
  readonly mostCalls: number;
  readonly rounds: number;
  readonly onProgress: (what: string) => void;
}

export interface Measurement {
  readonly load: Load;
  /** By round. */
  readonly rounds: ReadonlyMap<Design, Window>[];
}

export interface Machine {
  readonly starts: Readonly<Record<Design, Start>>;
  readonly measurements: readonly Measurement[];
  /** Of all that was measured so far. */
  totals: Totals | null;
  /** Null until it was tried. */
  full: { readonly calls: number; readonly windows: readonly Window[]; readonly totals: Totals } | null;
}

const FULL_ROUNDS = 3;

/** `onBegin` is given the results before there are any: they fill up. */
export async function measureMachine(
  { calls, mostCalls, rounds, onProgress }: MachineOptions,
  onBegin: (machine: Machine) => void,
): Promise<Machine> {
  leaveSubjectsCore();
  const loads = await Loads.open();
  const measurements: Measurement[] = [];
  const machine: Machine = { starts: loads.starts, measurements, totals: null, full: null };
  onBegin(machine);
  try {
    onProgress('starting each several times');
    await loads.timeStarts(rounds);
    await loads.start(['floor', 'relay']);
    for (const count of calls) {
      onProgress(`${count} calls`);
      await loads.join(count, true);
      for (const isTalking of [false, true]) {
        const measurement: Measurement = { load: { calls: count, isTalking }, rounds: [] };
        measurements.push(measurement);
        for (let round = 0; round < rounds; round++) {
          measurement.rounds.push(await loads.measure(isTalking));
          machine.totals = loads.totals('relay');
        }
      }
    }
    if (mostCalls > 0) {
      onProgress(`${mostCalls} calls`);
      await loads.stop('floor');
      await loads.join(mostCalls, false);
      const windows: Window[] = [];
      for (let round = 0; round < FULL_ROUNDS; round++)
        windows.push(...(await loads.measure(false)).values());
      const totals = loads.totals('relay');
      if (totals !== null) machine.full = { calls: mostCalls, windows, totals };
    }
  } finally {
    await loads.close();
  }
  return machine;
}
