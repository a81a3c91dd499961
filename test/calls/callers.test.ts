import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { quickSandbox } from '../support/quick-sandbox.ts';

const NUMBER = '+15550002222';
const UNVERIFIED = "can't verify the number you are calling from";

/** A relay whose number has these rules for its callers, and what its agent was told. */
async function relayWith(test: TestContext, callers: object) {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-callers-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'profiles.json');
  writeFileSync(file, JSON.stringify({ numbers: { [NUMBER]: { callers } } }));
  const told: string[] = [];
  const sandbox = await quickSandbox(test, {
    env: { PROFILES: file, AGENT_WORKFLOW_ID: 'agent_listener' },
    openAi: {
      agents: {
        agent_listener: ({ history, text }) => {
          told.push(...history.map((one) => one.text), text);
          return { text: 'Yes.' };
        },
      },
    },
  });
  return { sandbox, told };
}

describe.concurrent('[O6] callers that a business does not answer', () => {
  it('get a busy tone, and Twilio bills nothing: denied, or not among the allowed', async (test) => {
    const { sandbox } = await relayWith(test, { allow: ['+1555*'], deny: ['+15550001111'] });
    expect(await (await sandbox.call({ from: '+15550001111' })).ended).toEqual({ how: 'busy' });
    expect(await (await sandbox.call({ from: '+4930123456' })).ended).toEqual({ how: 'busy' });
    expect(await (await sandbox.call({ from: 'anonymous' })).ended).toEqual({ how: 'busy' });
    expect(sandbox.events).toEqual([]);
    const welcome = await sandbox.call({ from: '+15550003333' });
    await welcome.hears('How can I help you?');
    welcome.hangsUp();
    const metrics = await (
      await fetch(`${sandbox.relayUrl}/metrics`, {
        headers: { authorization: `Bearer ${sandbox.env['OPERATOR_TOKEN'] ?? ''}` },
      })
    ).text();
    expect(metrics).toContain('patchcord_input_refused_total{kind="caller"} 3');
  });

  it('reject: nor a number that failed the check of the carriers', async (test) => {
    const { sandbox } = await relayWith(test, { unverified: 'reject' });
    const forged = await sandbox.call({ stirVerstat: 'TN-Validation-Failed-B' });
    expect(await forged.ended).toEqual({ how: 'busy' });
    const unknown = await sandbox.call({ stirVerstat: 'No-TN-Validation' });
    await unknown.hears('How can I help you?');
    unknown.hangsUp();
  });

  it('say: they hear why, reach no agent, and the call ends', async (test) => {
    const { sandbox, told } = await relayWith(test, { unverified: 'say' });
    const forged = await sandbox.call({ stirVerstat: 'TN-Validation-Failed' });
    await forged.hears(UNVERIFIED);
    expect(await forged.ended).toEqual({ how: 'relay-hung-up' });
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'unverified' });
    expect(told).toEqual([]);
  });

  it.for([
    ['TN-Validation-Passed-A', 'from +15550001111 (their carrier vouches for this number) to'],
    [
      'TN-Validation-Failed-C',
      'from +15550001111 (their carrier could not verify this number: it may be forged) to',
    ],
    ['TN-Validation-Passed-A-Diverted', 'from +15550001111 to'],
    ['TN-Validation-Passed-B', 'from +15550001111 to'],
  ] as const)('the agent of an answered caller receives what %s means', async ([stirVerstat, note], test) => {
    const { sandbox, told } = await relayWith(test, {});
    const caller = await sandbox.call({ stirVerstat });
    await caller.hears('How can I help you?');
    await caller.says('Hello.');
    await caller.hears('Yes.');
    expect(told.join('\n')).toContain(`An inbound phone call ${note}`);
    caller.hangsUp();
  });
});
