import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

describe.concurrent('the end of a call', () => {
  it('[E1] the agent ends the call, and its goodbye is heard to the last word', async (test) => {
    const sandbox = await quickSandbox(test, {
      env: { AGENT_WORKFLOW_ID: 'agent_brief' },
      openAi: { agents: { agent_brief: () => ({ text: 'Thank you for calling. Goodbye, Ann!\n[[end]]' }) } },
    });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Nothing, bye.');
    await caller.hears('Thank you for calling. Goodbye, Ann!');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(caller.heard).not.toContain('[');
  });

  it('[E2] [E3] a silent caller is asked, hears the goodbye to its last word, and is hung up on', async (test) => {
    const sandbox = await quickSandbox(test, { env: { SILENCE_PROMPT_S: '1' } });
    const caller = await sandbox.call();
    await caller.hears('Are you still there?');
    await caller.hears('It seems you are gone. Goodbye.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(sandbox.twilio.streamErrors).toEqual([]);
  });

  it('[E2] without REST credentials the closed stream leads to the hang-up', async (test) => {
    const sandbox = await quickSandbox(test, { env: { SILENCE_PROMPT_S: '1', TWILIO_ACCOUNT_SID: '' } });
    const caller = await sandbox.call();
    await caller.hears('Goodbye.');
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });

  it('[E2] a line that breaks is connected again, and nothing is lost on the way', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Tell me about your shop.');
    await caller.hears('She grew every flower');
    caller.dropsLine();
    await caller.hears('herself, in a garden behind the church.');
    await caller.hears('on Christmas Eve.');
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    expect(sandbox.events.filter(({ type }) => type === 'call-started')).toHaveLength(1);
    caller.hangsUp();
  });

  it('[R1] a speech socket that drops is dialled again, and the conversation goes on', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    sandbox.openAi.realtime.dropSockets();
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    caller.hangsUp();
  });

  it('apologises from stored sound when the speech API is unreachable, and the call ends', async (test) => {
    const sandbox = await quickSandbox(test);
    sandbox.openAi.realtime.faults.refuseDials = 1000;
    const caller = await sandbox.call();
    await caller.hears('Please call again later. Goodbye.', { withinMs: 12_000 });
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  });

  it('[T4] [T8] an agent that is down is apologised for, and the call goes on when it is back', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    Object.assign(sandbox.openAi.agentFaults, { refuseNext: 1000, only: /POST .*\/events/ });
    await caller.says('When do you open?');
    await caller.hears('Could you say that again?');
    sandbox.openAi.agentFaults.refuseNext = 0;
    await caller.says('When do you open?');
    await caller.hears('We are open from 9 to 6');
    caller.hangsUp();
  });

  it('[T4] a slow agent is covered by a filler, and then heard', async (test) => {
    const sandbox = await quickSandbox(test, {
      env: { AGENT_WORKFLOW_ID: 'agent_slow', FILLER_AFTER_MS: '300' },
      openAi: { agents: { agent_slow: () => ({ text: 'Here it is.', firstWordAfterMs: 1500 }) } },
    });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears('One moment, please.');
    await caller.hears('Here it is.');
    caller.hangsUp();
  });

  it('[T9] an agent that takes long is covered to the second: the filler, a hum every few seconds, the reply', async (test) => {
    const sandbox = await quickSandbox(test, {
      env: { AGENT_WORKFLOW_ID: 'agent_slow' },
      openAi: { agents: { agent_slow: () => ({ text: 'Here it is.', firstWordAfterMs: 12_000 }) } },
    });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    const heardBefore = caller.heardLog.length;
    const saidAt = systemClock.now();
    // The ear takes a hum for noise.
    await caller.hears(/One moment, please\.\s*([#~]\s*)+Here it is\./, { withinMs: 20_000 });
    const times = [saidAt, ...caller.heardLog.slice(heardBefore).map(({ at }) => at)];
    expect(Math.max(...times.slice(1).map((at, n) => at - (times[n] ?? at)))).toBeLessThan(4_500);
    expect(caller.heard.match(/~*#~*/g)?.length).toBeGreaterThanOrEqual(2);
    caller.hangsUp();
  });

  it('[T6] a voice that says something else is found out', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    sandbox.openAi.realtime.faults.paraphrase = true;
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    const event = await sandbox.happened('spoken-otherwise');
    expect(event).toMatchObject({ wanted: 'Nice to meet you, Ann.' });
    caller.hangsUp();
  });
});
