// Puts seeded inputs through everything that takes text from outside, while a live call goes on beside it.
import { INSIDE, type Kind, putAll } from './inputs.ts';
import { liveCall } from './live-call.ts';
import { Chance } from './mutate.ts';
import { OperatorRequests } from './operator-requests.ts';
import { type Stage, startStage } from './stage.ts';
import { webhookOf } from './webhook-requests.ts';

/** A frame is 20 ms, and Twilio's buffer covers a few. */
export const MOST_BLOCKED_MS = 100;

export interface FuzzRow {
  readonly name: string;
  readonly inputs: number;
  readonly refused: number;
  /** Of the relay's event loop. */
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
  const stage = await startStage((problem) => problems.push(problem));
  const live = await liveCall(stage);
  try {
    for (const [at, [name, put]] of kindsOf(stage).entries()) {
      const startedAt = performance.now();
      await stage.ask({ is: 'longest-block' });
      const refused = await put(inputs, seed + at);
      const longestBlockMs = await stage.ask({ is: 'longest-block' });
      onRow({ name, inputs, refused, longestBlockMs, seconds: (performance.now() - startedAt) / 1000 });
      if (longestBlockMs > MOST_BLOCKED_MS)
        problems.push(`${name} blocked the loop for ${longestBlockMs.toFixed(0)} ms.`);
    }
  } catch (error) {
    problems.push(`The fuzz broke: ${error instanceof Error ? error.stack : String(error)}`);
  }
  const { sentences, problem } = await live.finish();
  if (problem !== null) problems.push(problem);
  await stage.close();
  return { sentences, problems };
}

type Put = (inputs: number, seed: number) => Promise<number>;

function kindsOf(stage: Stage): readonly (readonly [name: string, put: Put])[] {
  const fromOutside =
    (kind: Kind): Put =>
    (inputs, seed) =>
      putAll(kind, inputs, new Chance(seed));
  return [
    ...INSIDE.map((kind) => {
      const put: Put = (inputs, seed) => stage.ask({ is: 'put', kind, inputs, seed });
      return [kind, put] as const;
    }),
    ['operator bodies', fromOutside({ together: 8, put: new OperatorRequests(stage).put })],
    // Last: what they announce is live for a minute, and the relay is then busy for outbound calls. Some wait before they answer.
    ['webhook parameters', fromOutside({ together: 64, put: webhookOf(stage) })],
  ];
}
