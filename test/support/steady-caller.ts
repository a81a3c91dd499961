// A caller who talks through a whole test while others misbehave beside them: says sentence after sentence and hears each
// repeated. No word may be lost, doubled or foreign.
import { expect } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { flowerShop, type Mind } from '../../sandbox/openai/mind.ts';
import { SANDBOX_ENV, type Sandbox } from '../../sandbox/sandbox.ts';

/** Repeats what the steady caller says; every other caller reaches the flower shop. */
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
  /** Ends the conversation; fails unless they heard it and nothing else. */
  finishes(): Promise<void>;
}

/** Resolves after the greeting. */
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
  // `finishes` reports an early failure.
  talking.catch(() => {});
  return {
    sid: caller.sid,
    finishes: () => {
      isEnough = true;
      return talking;
    },
  };
}
