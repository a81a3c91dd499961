// The webhooks as an operator sees them: what came, and what a call would get, against a whole relay.
import { expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { TOKEN } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const rehearsedSchema = z.looseObject({ twiml: z.string() });
const heardSchema = z.object({ webhooks: z.array(z.looseObject({ route: z.string() })) });

async function stage(test: TestContext, options: SandboxOptions = {}) {
  const sandbox = await quickSandbox(test, { ...options, env: { OPERATOR_TOKEN: TOKEN, ...options.env } });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const text = async (path: string): Promise<string> =>
    (await fetch(sandbox.relayUrl + path, { headers })).text();
  return {
    sandbox,
    text,
    heard: async () => heardSchema.parse(JSON.parse(await text('/webhooks'))).webhooks,
    rehearse: async (body: object = {}) => {
      const how = { method: 'POST', headers, body: JSON.stringify(body) };
      return rehearsedSchema.parse(await (await fetch(`${sandbox.relayUrl}/webhooks/rehearsal`, how)).json());
    },
  };
}

it('a rehearsal shows the TwiML of a call that comes in now, and leaves nothing behind', async (test) => {
  const { sandbox, text, heard, rehearse } = await stage(test);
  const metrics = await text('/metrics');
  const kept = /^patchcord_(?:input_refused|calls)\w*(?:{.*})? .*$/gm;
  const rehearsed = await rehearse();
  expect(rehearsed).toMatchObject({
    status: 200,
    answer: 'Connect',
    to: '+15550002222',
    from: '+12025550123',
    profile: 'default',
  });
  expect(rehearsed.twiml).toContain('<Stream url="wss://relay.sandbox/media-stream"');
  expect(rehearsed.twiml).toContain('value="made-for-each-call"');
  expect(sandbox.relay.calls.count).toBe(0);
  expect(sandbox.events).toEqual([]);
  expect(JSON.parse(await text('/calls'))).toMatchObject({ calls: [] });
  expect(await heard()).toEqual([]);
  expect((await text('/metrics')).match(kept)).toEqual(metrics.match(kept));
});

it('a rehearsal gets a busy tone while all lines are taken, as a call would', async (test) => {
  const full = await stage(test, { env: { MAX_CALLS: '1' } });
  const caller = await full.sandbox.call();
  expect(await full.rehearse()).toMatchObject({ answer: 'Reject' });
  caller.hangsUp();
  await full.sandbox.happened('call-ended');
  await expect.poll(async () => (await full.rehearse())['answer']).toBe('Connect');
});

it('shows what Twilio asked of a call, with its ID', async (test) => {
  const { sandbox, heard } = await stage(test);
  const caller = await sandbox.call({ from: '+15551234567' });
  caller.hangsUp();
  const { callId } = await sandbox.happened('call-ended');
  await expect.poll(async () => (await heard()).map(({ route }) => route)).toContain('/voice');
  const voice = (await heard()).findLast(({ route }) => route === '/voice');
  expect(voice).toMatchObject({ is: 'answered', refused: null, answer: 'Connect', callId, from: '4567' });
  expect(JSON.stringify(await heard())).not.toContain('1234567');
});
