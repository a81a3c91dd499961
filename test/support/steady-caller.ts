// Somebody who talks all through a test, while others misbehave beside them: says one sentence after the other and
// hears each repeated. Not a word of it may be lost, doubled or strange.
import { expect } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { flowerShop, type Mind } from '../../sandbox/openai/mind.ts';
import { SANDBOX_ENV, type Sandbox } from '../../sandbox/sandbox.ts';

/** Repeats what the steady caller says; for everybody else it is the flower shop. */
export const steadyMind: Mind = (heard) => {
  const secret = /Secret \d+\.$/.exec(heard.text)?.[0];
  return secret === undefined ? flowerShop(heard) : { text: `You said: ${secret}` };
};

/** For a relay with a steady caller: a filler, or a question into the silence, would be no part of what they should hear. */
export const STEADY_ENV = {
  AGENT_WORKFLOW_ID: 'agent_steady',
  VAD_SILENCE_MS: '200',
  FILLER_AFTER_MS: '60000',
  SILENCE_PROMPT_S: '0',
} as const;

export interface SteadyCaller {
  readonly sid: string;
  /** Lets them come to an end; fails unless they heard their conversation and nothing else. */
  finishes(): Promise<void>;
}

/** Resolves once they were greeted. */
export async function steadyCaller(sandbox: Sandbox): Promise<SteadyCaller> {
  const caller = await sandbox.call({ from: '+15550001111' });
  // To the space that every sentence ends in: who speaks into it interrupts.
  let wanted = `${SANDBOX_ENV.GREETING} `;
  await caller.hears(wanted);
  let isEnough = false;
  const talk = async (): Promise<void> => {
    for (let n = 1; n <= 3 || !isEnough; n++) {
      await caller.says(`Secret ${n}.`);
      await caller.hears(`You said: Secret ${n}. `);
      wanted += `You said: Secret ${n}. `;
    }
    expect(caller.heard).toBe(wanted);
    const refused = sandbox.events.filter(
      ({ callId, type }) => callId === inboundIdOf(caller.sid) && type === 'input-refused',
    );
    expect(refused).toEqual([]);
    caller.hangsUp();
    expect(await caller.ended).toEqual({ how: 'caller-hung-up' });
  };
  const talking = talk();
  // Should it fail early: that is told by `finishes`.
  talking.catch(() => {});
  return {
    sid: caller.sid,
    finishes: () => {
      isEnough = true;
      return talking;
    },
  };
}
