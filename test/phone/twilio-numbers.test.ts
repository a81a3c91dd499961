// What Twilio has on file, through the `twilio` package itself, against the sandbox's REST.
import { describe, expect, it, onTestFinished } from 'vitest';
import { twilioNumbers } from '../../src/phone/twilio-numbers.ts';
import { startTwilio } from '../../sandbox/twilio/twilio.ts';

const CREDENTIALS = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'the-token' };
const NUMBER = '+15550002222';

async function stage(authToken = CREDENTIALS.authToken) {
  const twilio = await startTwilio({ ...CREDENTIALS, webhookUrl: 'https://relay.sandbox' });
  onTestFinished(() => twilio.close());
  const { account, apiUrl } = twilio;
  return { account, numbers: twilioNumbers({ ...CREDENTIALS, authToken, apiUrl }) };
}

describe('the account', () => {
  it('is read with its state', async () => {
    const { account, numbers } = await stage();
    expect(await numbers.account()).toEqual({ is: 'told', value: { isTrial: false, status: 'active' } });
    account.type = 'Trial';
    account.status = 'suspended';
    expect(await numbers.account()).toEqual({ is: 'told', value: { isTrial: true, status: 'suspended' } });
  });

  it("a token that is not its own is a failure with Twilio's number", async () => {
    const { numbers } = await stage('another');
    expect(await numbers.account()).toEqual({ is: 'failed', failure: { status: 401, code: 20003 } });
  });

  it("reports the error's code if the API cannot be reached", async () => {
    const numbers = twilioNumbers({ ...CREDENTIALS, apiUrl: 'http://127.0.0.1:1' });
    expect(await numbers.account()).toEqual({
      is: 'failed',
      failure: { status: null, code: 'ECONNREFUSED' },
    });
  });
});

describe('a number', () => {
  it("is found with its webhooks, '' where none is set", async () => {
    const { account, numbers } = await stage();
    const { sid } = account.add(NUMBER);
    expect(await numbers.find(NUMBER)).toEqual({
      is: 'told',
      value: {
        sid,
        phoneNumber: NUMBER,
        webhooks: {
          voiceUrl: 'https://demo.twilio.com/welcome/voice/',
          voiceMethod: 'POST',
          voiceFallbackUrl: '',
          voiceFallbackMethod: 'POST',
          statusCallback: '',
          statusCallbackMethod: 'POST',
          voiceApplicationSid: '',
        },
        trunkSid: '',
      },
    });
  });

  it('is not confused with a longer one that contains it', async () => {
    const { account, numbers } = await stage();
    account.add(`${NUMBER}0`);
    expect(await numbers.find(NUMBER)).toEqual({ is: 'told', value: null });
    const { sid } = account.add(NUMBER);
    expect(await numbers.find(NUMBER)).toMatchObject({ is: 'told', value: { sid } });
  });

  it('lists the first of an account, and no more than requested', async () => {
    const { account, numbers } = await stage();
    for (let last = 0; last < 9; last++) account.add(`+1555000000${last}`);
    expect(await numbers.list(2)).toMatchObject({
      is: 'told',
      value: [{ phoneNumber: '+15550000000' }, { phoneNumber: '+15550000001' }],
    });
  });

  it('is found on any page', async () => {
    const { account, numbers } = await stage();
    account.largestPage = 2;
    for (let last = 0; last < 5; last++) account.add(`${NUMBER}${last}`);
    const { sid } = account.add(NUMBER);
    expect(await numbers.find(NUMBER)).toMatchObject({ is: 'told', value: { sid } });
    expect(await numbers.list(5)).toMatchObject({ value: { length: 5 } });
  });

  it('changes only the given fields', async () => {
    const { account, numbers } = await stage();
    const number = account.add(NUMBER);
    number.status_callback = 'https://elsewhere.example/status';
    number.voice_application_sid = account.addApplication();
    const updated = await numbers.update(number.sid, {
      voiceUrl: 'https://relay.sandbox/voice?shop=2&x=%20',
      voiceApplicationSid: '',
    });
    expect(updated).toMatchObject({
      is: 'told',
      value: {
        webhooks: {
          voiceUrl: 'https://relay.sandbox/voice?shop=2&x=%20',
          voiceMethod: 'POST',
          statusCallback: 'https://elsewhere.example/status',
          voiceApplicationSid: '',
        },
      },
    });
    expect(number.voice_url).toBe('https://relay.sandbox/voice?shop=2&x=%20');
    expect(number.voice_application_sid).toBeNull();
  });

  it.each([
    [{ voiceUrl: 'relay.sandbox/voice' }, 21402],
    [{ voiceMethod: 'PUT' }, 21403],
    [{ voiceApplicationSid: `AP${'0'.repeat(32)}` }, 21420],
  ])('refuses %o with %i, and changes nothing', async (changes, code) => {
    const { account, numbers } = await stage();
    const number = account.add(NUMBER);
    const before = { ...number };
    const updated = await numbers.update(number.sid, { statusCallback: 'https://a.example/', ...changes });
    expect(updated).toEqual({ is: 'failed', failure: { status: 400, code } });
    expect(number).toEqual(before);
  });

  it('answers 404 for an unknown number', async () => {
    const { numbers } = await stage();
    expect(await numbers.update(`PN${'0'.repeat(32)}`, { voiceMethod: 'GET' })).toEqual({
      is: 'failed',
      failure: { status: 404, code: 20404 },
    });
  });
});
