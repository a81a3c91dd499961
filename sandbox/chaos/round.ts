// One fault under continuous calls: the callers ring one after the other, and each calls again when their call is over. Once
// the fault is over, every call is let come to its end.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import { converse, type Told } from './conversation.ts';
import type { Fault } from './faults.ts';
import type { Stage } from './stage.ts';
import { type Verdict, verdictOn } from './verdict.ts';

export interface RoundOptions {
  readonly stage: Stage;
  readonly fault: Fault;
  /** At a time. */
  readonly calls: number;
  readonly points: number;
  /** A number that no call had before. */
  readonly newCall: () => number;
}

/** The callers are spread over about half a turn. */
const CALLERS_WITHIN_MS = 1_600;
const BEFORE_FAULT_MS = [1_200, 2_000] as const;

export async function runRound({ stage, fault, calls, points, newCall }: RoundOptions): Promise<Verdict> {
  await stage.ready();
  const { twilio, agent, random } = stage;
  const told: Told[] = [];
  const violationsBefore = twilio.violations.length;
  let isOver = false;
  const ring = async (afterMs: number): Promise<void> => {
    await pause(afterMs);
    do {
      const call = newCall();
      const dialled = twilio.call({ from: `+1555${String(call).padStart(7, '0')}` });
      told.push(await converse(dialled, call, points));
    } while (!isOver);
  };
  const ringing = Promise.all(Array.from({ length: calls }, (_, n) => ring((n * CALLERS_WITHIN_MS) / calls)));
  const happens = async (): Promise<{ from: number; to: number }> => {
    await pause(random.whole(...BEFORE_FAULT_MS));
    const from = systemClock.now();
    try {
      await fault.happen(stage);
    } finally {
      isOver = true;
    }
    return { from, to: systemClock.now() };
  };
  const [lasted] = await Promise.all([happens(), ringing]);
  const timesTold = agent.timesTold.bind(agent);
  const { killedAt, speechCutAt } = stage;
  const verdict = verdictOn({ calls: told, fault: lasted, killedAt, speechCutAt, timesTold });
  const violations = twilio.violations
    .slice(violationsBefore)
    .map(({ message }) => `Twilio would complain: ${message}`);
  return { ...verdict, problems: [...verdict.problems, ...stage.problems.splice(0), ...violations] };
}
