// A caller who talks while inputs come in beside them: says one sentence after the other and hears each repeated, and nothing else.
import type { Mind } from '../openai/mind.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import type { Stage } from './stage.ts';

/** A sentence that a stall of the far ends cut in two comes joined (L5, L6): "Secre t 4". */
export const repeating: Mind = ({ text }) => {
  const number = /Secret(\d+)\.?$/.exec(text.replaceAll(' ', ''))?.[1];
  return { text: number === undefined ? 'Pardon?' : `You said: Secret ${number}.` };
};

export interface LiveCall {
  /** Lets the caller finish. The number of sentences that they heard; the problem as a sentence, if a word was lost. */
  finish(): Promise<{ readonly sentences: number; readonly problem: string | null }>;
}

const HEARS_WITHIN_MS = 30_000;

/** Resolves once the caller was greeted. */
export async function liveCall({ call }: Pick<Stage, 'call'>): Promise<LiveCall> {
  const caller = await call({ from: '+15550001111' });
  let wanted = `${SANDBOX_ENV.GREETING} `;
  await caller.hears(wanted, { withinMs: HEARS_WITHIN_MS });
  let isEnough = false;
  let sentences = 0;
  const talk = async (): Promise<string | null> => {
    while (!isEnough || sentences < 2) {
      const secret = `Secret ${sentences + 1}.`;
      await caller.says(secret);
      await caller.hears(`You said: ${secret} `, { withinMs: HEARS_WITHIN_MS });
      wanted += `You said: ${secret} `;
      sentences++;
    }
    return caller.heard === wanted ? null : 'The caller heard other words than the agent wrote.';
  };
  const startedAt = performance.now();
  const talking = talk().catch((error: unknown) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const since = JSON.stringify(caller.heard.slice(wanted.length));
    return `The live call broke after ${seconds} s: it heard ${since} since the last answer; ${String(error).slice(0, 100)}`;
  });
  return {
    async finish() {
      isEnough = true;
      const problem = await talking;
      caller.hangsUp();
      return { sentences, problem };
    },
  };
}
