// Outbound calls as the API's user sees them: refused, placed once, steered and erased.
import { describe, expect, it, type TestContext } from 'vitest';
import type { Mind } from '../../sandbox/openai/mind.ts';
import { ANN, callingOut, REMINDER } from '../support/calling-out.ts';

const TELLS_A_STORY: Mind = ({ text }) =>
  /\bok"? only/.test(text) || text === ''
    ? { text: 'ok' }
    : { text: `You said: ${text} Shall I go on? I could talk about flowers for hours.` };

const AGENT = {
  env: { AGENT_WORKFLOW_ID: 'agent_out' },
  openAi: { agents: { agent_out: TELLS_A_STORY } },
};

const TO_A_HUMAN = { TRANSFER_NUMBER: '+15550100099' };

async function answered(test: TestContext, env: Readonly<Record<string, string>> = {}) {
  const all = await callingOut(test, { ...AGENT, env: { ...AGENT.env, ...env } });
  const ann = all.sandbox.twilio.callee(ANN);
  const id = await all.place();
  const caller = await ann.answered;
  await caller.hears('You said: Hello?');
  return { ...all, id, caller };
}

describe.concurrent('outbound calls, steered by the operator', () => {
  it.for([
    ['+493012345678', 403, 'not_allowed', {}],
    ['+15551230001', 403, 'quiet_hours', { QUIET_HOURS: '00:00-23:59' }],
    ['+15551230001', 403, 'outbound_off', { TWILIO_PHONE_NUMBER: '' }],
    ['911', 422, 'invalid_phone', {}],
  ] as const)('[C2] %s: %i %s, and nobody is called', async ([to, status, code, env], test) => {
    const { sandbox, api } = await callingOut(test, { ...AGENT, env: { ...AGENT.env, ...env } });
    const answer = await api('POST', '/calls', { ...REMINDER, to });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).toMatch(/\w/);
    expect(sandbox.twilio.orders).toEqual([]);
  });

  it.for([
    [{ result: { type: 'object', properties: { a: { type: 'nothing' } } } }, {}, 'result'],
    [{ callbackUrl: 'https://example.com/calls' }, { CALLBACK_SECRET: '' }, 'callbackUrl'],
    [{ callbackUrl: 'http://example.com/calls' }, { CALLBACK_ALLOW_PRIVATE: '0' }, 'callbackUrl'],
  ] as const)('[C2] what no call could do is refused: %j', async ([body, env, field], test) => {
    const { sandbox, api } = await callingOut(test, { ...AGENT, env: { ...AGENT.env, ...env } });
    const answer = await api('POST', '/calls', { ...REMINDER, ...body });
    expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([
      422,
      'invalid_request',
      field,
    ]);
    expect(sandbox.twilio.orders).toEqual([]);
  });

  it('[C1] the same Idempotency-Key is the same call, another request with it a mistake', async (test) => {
    const { sandbox, api, settled } = await callingOut(test, AGENT);
    sandbox.twilio.callee(ANN, 'busy');
    const key = { 'idempotency-key': 'monday-7' };
    const [one, two] = await Promise.all([
      api('POST', '/calls', REMINDER, key),
      api('POST', '/calls', REMINDER, key),
    ]);
    expect(two.body.id).toBe(one.body.id);
    await settled(one.body.id);
    const three = await api('POST', '/calls', REMINDER, key);
    expect([three.status, three.body.id]).toEqual([200, one.body.id]);
    const other = await api('POST', '/calls', { ...REMINDER, maxMinutes: 3 }, key);
    expect([other.status, other.body.error.code]).toEqual([409, 'idempotency_conflict']);
    expect(sandbox.twilio.orders).toHaveLength(1);
  });

  it('[C1] go on when Twilio places the call but its answer is lost, without a second order', async (test) => {
    const { sandbox, place, settled } = await callingOut(test, AGENT);
    const ann = sandbox.twilio.callee(ANN);
    sandbox.twilio.restFaults.dropNext = 1;
    const id = await place();
    const caller = await ann.answered;
    await caller.hears('You said: Hello?');
    caller.hangsUp();
    expect(await settled(id)).toMatchObject({
      endReason: 'caller-hung-up',
      sid: expect.stringMatching(/^CA/),
    });
    expect(sandbox.twilio.orders).toHaveLength(1);
  });

  it('[C5] what Twilio refuses ends as carrier-rejected', async (test) => {
    const { sandbox, place, settled } = await callingOut(test, AGENT);
    sandbox.twilio.restFaults.refuseNext = 21_215;
    expect(await settled(await place())).toMatchObject({ endReason: 'carrier-rejected' });
  });

  it('[C6] say a line at once on request and tell the agent, who also receives notes', async (test) => {
    const { sandbox, api, id, caller } = await answered(test);
    await api('POST', `/calls/${id}/say`, { text: 'The shop closes in five minutes.' });
    await caller.hears('The shop closes in five minutes.');
    await api('POST', `/calls/${id}/note`, { text: 'Offer a discount.' });
    await caller.says('Really?');
    await caller.hears('You said: Really?');
    const { body } = await api('GET', `/calls/${id}`);
    expect(body.transcript).toContainEqual(
      expect.objectContaining({ who: 'relay', said: 'The shop closes in five minutes.' }),
    );
    expect(sandbox.events.map(({ type }) => type)).toContain('operator-noted');
    caller.hangsUp();
  });

  it('[C6] is transferred to a number of the profile, and to no other', async (test) => {
    const { sandbox, api, id, caller } = await answered(test, TO_A_HUMAN);
    const { body: view } = await api('GET', `/calls/${id}`);
    expect(view.transferTo).toEqual([TO_A_HUMAN.TRANSFER_NUMBER]);
    const refused = await api('POST', `/calls/${id}/transfer`, { to: '+15550100098' });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'not_allowed']);
    const human = sandbox.twilio.callee(TO_A_HUMAN.TRANSFER_NUMBER);
    expect((await api('POST', `/calls/${id}/transfer`, { to: TO_A_HUMAN.TRANSFER_NUMBER })).status).toBe(202);
    await caller.hears("moment, I'm connecting you.");
    await human.joined;
    human.hangsUp();
    caller.hangsUp();
  });

  it('[C6] is ended politely, and erased with all that was said', async (test) => {
    const { api, id, caller, settled } = await answered(test);
    expect((await api('DELETE', `/calls/${id}`)).status).toBe(409);
    expect((await api('POST', `/calls/${id}/hangup`)).status).toBe(202);
    await caller.hears('Thank you, and goodbye.');
    expect(await settled(id)).toMatchObject({ endReason: 'operator-ended' });
    expect((await api('POST', `/calls/${id}/say`, { text: 'Wait!' })).status).toBe(409);
    expect((await api('DELETE', `/calls/${id}`)).status).toBe(204);
    expect((await api('GET', `/calls/${id}`)).status).toBe(404);
  });

  it('[C6] one that still rings is canceled', async (test) => {
    const { sandbox, api, place, settled } = await callingOut(test, AGENT);
    const ann = sandbox.twilio.callee(ANN, 'rings-on');
    const id = await place();
    await ann.rang;
    await sandbox.happened('call-placed');
    expect((await api('POST', `/calls/${id}/say`, { text: 'Hello?' })).status).toBe(403);
    expect((await api('POST', `/calls/${id}/hangup`)).status).toBe(202);
    expect(await settled(id)).toMatchObject({ endReason: 'canceled' });
  });
});
