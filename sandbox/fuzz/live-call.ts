// A caller who talks while inputs come in beside them: says one sentence after the other and hears each repeated, and nothing else.
import type { Mind } from '../openai/mind.ts';
import { SANDBOX_ENV, type Sandbox } from '../sandbox.ts';

export const repeating: Mind = ({ text }) => {
  const secret = /Secret \d+\.$/.exec(text)?.[0];
  return { text: secret === undefined ? 'Pardon?' : `You said: ${secret}` };
};

export interface LiveCall {
  /** Lets the caller finish. The number of sentences that they heard; the problem as a sentence, if a word was lost. */
  finish(): Promise<{ readonly sentences: number; readonly problem: string | null }>;
}

const HEARS_WITHIN_MS = 30_000;

/** Resolves once the caller was greeted. */
export async function liveCall(sandbox: Sandbox): Promise<LiveCall> {
  const caller = await sandbox.call({ from: '+15550001111' });
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
  const talking = talk().catch((error: unknown) => `The live call broke: ${String(error).slice(0, 200)}`);
  return {
    async finish() {
      isEnough = true;
      const problem = await talking;
      caller.hangsUp();
      return { sentences, problem };
    },
  };
}
