// A whole inbound call, known by two names: its ID is the relay's own, and its SID is Twilio's.
import { expect, it, vi } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { ForgedTwilio } from '../support/forged-twilio.ts';
import { apiAt, TOKEN } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

it('finds and steers an inbound call by its ID and by its SID, and tells both', async (test) => {
  const sandbox = await quickSandbox(test, { env: { OPERATOR_TOKEN: TOKEN } });
  const api = apiAt(sandbox.relayUrl);
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  const names = { id: inboundIdOf(caller.sid), sid: caller.sid };
  expect(await sandbox.happened('call-started')).toMatchObject({ callId: names.id, sid: names.sid });
  for (const name of [names.id, names.sid]) {
    const answer = await vi.waitFor(async () => {
      const { status, body } = await api('GET', `/calls/${name}`);
      expect(status).toBe(200);
      return body;
    }, 5_000);
    expect(answer).toMatchObject(names);
  }
  expect((await api('POST', `/calls/${names.sid}/say`, { text: 'One moment, please.' })).status).toBe(202);
  await caller.hears('One moment, please.');
  expect((await api('POST', `/calls/${names.id}/hangup`)).status).toBe(202);
  await caller.ended;
});

it('takes a second webhook of the same CallSid for the same call', async (test) => {
  const sandbox = await quickSandbox(test);
  const twilio = new ForgedTwilio(sandbox);
  const sid = `CA${'7'.repeat(32)}`;
  await twilio.announces(sid);
  await twilio.announces(sid);
  expect(await twilio.asksNext(sid)).toEqual(['connect']);
  expect(sandbox.relay.calls.ids).toEqual([inboundIdOf(sid)]);
});
