// Puts seeded inputs through everything that takes text from outside, while a live call goes on beside it in the same process.
import { setImmediate } from 'node:timers/promises';
import { ResultChecker } from '../../src/outbound/outcome/result-checker.ts';
import { startSandbox } from '../sandbox.ts';
import { type Kind, kindsOf } from './inputs.ts';
import { liveCall, repeating } from './live-call.ts';
import { LoopGauge } from './loop-gauge.ts';
import { Chance } from './mutate.ts';
import { TRANSFER_NUMBER } from './operator-requests.ts';

/** Without a filler or a question into the silence, the live call hears its own words only. */
const ENV = {
  AGENT_WORKFLOW_ID: 'agent_repeating',
  VAD_SILENCE_MS: '200',
  FILLER_AFTER_MS: '60000',
  SILENCE_PROMPT_S: '0',
  MAX_CALLS: '50',
  OPERATOR_TOKEN: 'operator-token',
  OUTBOUND_ALLOW: '+1555*',
  OUTBOUND_PER_DAY: '1000000',
  OUTBOUND_MINUTES_PER_DAY: '1000000',
  TRANSFER_NUMBER,
  QUIET_HOURS: 'off',
} as const;

/** Shorter than a call's, so that hundreds of costly answers end in minutes. */
const COSTLY_MS = 300;

/** A frame is 20 ms, and Twilio's buffer covers a few. */
export const MOST_BLOCKED_MS = 100;

export interface FuzzRow {
  readonly name: string;
  readonly inputs: number;
  readonly refused: number;
  readonly longestBlockMs: number;
  readonly seconds: number;
}

export interface FuzzReport {
  /** That the live call said and heard repeated. */
  readonly sentences: number;
  readonly problems: readonly string[];
}

/** `onRow`: once a kind's inputs are through. */
export async function runFuzz(
  inputs: number,
  seed: number,
  onRow: (row: FuzzRow) => void,
): Promise<FuzzReport> {
  const problems: string[] = [];
  const note = (error: unknown): void =>
    void problems.push(`Nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  const sandbox = await startSandbox({ env: ENV, openAi: { agents: { agent_repeating: repeating } } });
  const checker = new ResultChecker((line) => problems.push(line), { schemaMs: 2000, callMs: COSTLY_MS });
  const gauge = new LoopGauge();
  const live = await liveCall(sandbox);
  try {
    for (const [at, kind] of kindsOf(sandbox, checker).entries()) {
      const row = await putAll(kind, inputs, new Chance(seed + at), gauge);
      onRow(row);
      if (row.longestBlockMs > MOST_BLOCKED_MS)
        problems.push(`${row.name} blocked the loop for ${row.longestBlockMs.toFixed(0)} ms.`);
    }
  } catch (error) {
    note(error);
  }
  const { sentences, problem } = await live.finish();
  if (problem !== null) problems.push(problem);
  gauge.close();
  await checker.close();
  await sandbox.close();
  process.off('uncaughtException', note).off('unhandledRejection', note);
  const bugs = sandbox.events.filter(({ type }) => type === 'bug-found').length;
  if (bugs > 0) problems.push(`${bugs} calls met a bug.`);
  return { sentences, problems };
}

async function putAll(
  { name, together, put }: Kind,
  inputs: number,
  chance: Chance,
  gauge: LoopGauge,
): Promise<FuzzRow> {
  const startedAt = performance.now();
  let left = inputs;
  let refused = 0;
  gauge.take();
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      if (await put(chance)) refused++;
      await setImmediate();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  return {
    name,
    inputs,
    refused,
    longestBlockMs: gauge.take(),
    seconds: (performance.now() - startedAt) / 1000,
  };
}
