import { afterEach, describe, expect, it } from 'vitest';
import { twilioApi } from '../../src/phone/twilio-api.ts';
import { twilioRest } from '../../src/sandbox/twilio/rest.ts';
import { listen } from '../support/listen.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'the-token' };
const CALL_SID = `CA${'1'.repeat(32)}`;

const closing: (() => void)[] = [];

async function stage(inProgress: string[]) {
  const live = new Set(inProgress);
  const redirected: string[] = [];
  const rest = twilioRest({
    ...ACCOUNT,
    callInProgress: (callSid) =>
      live.has(callSid)
        ? { end: () => live.delete(callSid), redirect: (document) => redirected.push(document) }
        : undefined,
  });
  const port = await listen(rest);
  closing.push(() => {
    rest.closeAllConnections();
    rest.close();
  });
  return { live, redirected, apiUrl: `http://127.0.0.1:${port}` };
}

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

it('[E2] a call in progress gets other instructions', async () => {
  const { redirected, apiUrl } = await stage([CALL_SID]);
  const phone = twilioApi({ ...ACCOUNT, apiUrl });
  await phone.redirect(CALL_SID, '<Response/>');
  expect(redirected).toEqual(['<Response/>']);
  await expect(phone.redirect('CA2', '<Response/>')).resolves.toBeUndefined();
});

describe('[E2] hanging up', () => {
  it('ends the call at the carrier', async () => {
    const { live, apiUrl } = await stage([CALL_SID, 'CA2']);
    await twilioApi({ ...ACCOUNT, apiUrl }).hangUp(CALL_SID);
    expect([...live]).toEqual(['CA2']);
  });

  it('takes a call that is already over for what it is', async () => {
    const { apiUrl } = await stage([]);
    await expect(twilioApi({ ...ACCOUNT, apiUrl }).hangUp(CALL_SID)).resolves.toBeUndefined();
  });

  it('rejects when the carrier does not believe us', async () => {
    const { live, apiUrl } = await stage([CALL_SID]);
    const phone = twilioApi({ ...ACCOUNT, authToken: 'another', apiUrl });
    await expect(phone.hangUp(CALL_SID)).rejects.toMatchObject({ status: 401, code: 20003 });
    expect(live.size).toBe(1);
  });

  it('rejects when the carrier cannot be reached', async () => {
    const phone = twilioApi({ ...ACCOUNT, apiUrl: 'http://127.0.0.1:1' });
    await expect(phone.hangUp(CALL_SID)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
