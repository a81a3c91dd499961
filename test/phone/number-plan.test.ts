import { describe, expect, it } from 'vitest';
import { changesBetween, isSame, shownWebhooks, wantedWebhooks } from '../../src/phone/number-plan.ts';
import { RETRIES } from '../../src/phone/urls.ts';
import type { Webhooks } from '../../src/call/number-webhooks.ts';

const HOST = 'https://relay.example';
const BOUGHT: Webhooks = {
  voiceUrl: 'https://demo.twilio.com/welcome/voice/',
  voiceMethod: 'POST',
  voiceFallbackUrl: '',
  voiceFallbackMethod: 'POST',
  statusCallback: '',
  statusCallbackMethod: 'POST',
  voiceApplicationSid: '',
};
const HERE: Webhooks = {
  ...BOUGHT,
  voiceUrl: `${HOST}/voice${RETRIES}`,
  voiceFallbackUrl: `${HOST}/voice${RETRIES}`,
  statusCallback: `${HOST}/voice/status${RETRIES}`,
};

describe('where a number should point', () => {
  it('is this relay, with all three addresses and by POST', () => {
    const now = { ...BOUGHT, voiceMethod: 'GET', voiceFallbackMethod: 'GET', statusCallbackMethod: 'GET' };
    expect(wantedWebhooks(now, HOST)).toEqual(HERE);
  });

  it('is not at an application', () => {
    expect(wantedWebhooks({ ...HERE, voiceApplicationSid: 'AP1' }, HOST)).toEqual(HERE);
  });

  it('[R8] is asked again where a process dies over a request', () => {
    expect(wantedWebhooks(BOUGHT, HOST).voiceUrl).toBe(`${HOST}/voice#rc=2&rp=ct,rt,5xx`);
  });

  it('is where it points, once it points here', () => {
    expect(isSame(HERE, wantedWebhooks(HERE, HOST))).toBe(true);
  });

  it.each([
    ['?shop=2', `?shop=2${RETRIES}`],
    ['/?shop=a%20b', `?shop=a%20b${RETRIES}`],
    ['?shop=2#rc=2&ct=1000', '?shop=2#rc=2&ct=1000'],
  ])('keeps what the user wrote behind our address: %s', (written, kept) => {
    const wanted = wantedWebhooks({ ...HERE, voiceUrl: `${HOST}/voice${written}` }, HOST);
    expect(wanted.voiceUrl).toBe(`${HOST}/voice${kept}`);
    expect(wanted.voiceFallbackUrl).toBe(`${HOST}/voice${RETRIES}`);
  });

  it('tells the fallback the same, where it led elsewhere', () => {
    const wanted = wantedWebhooks({ ...BOUGHT, voiceUrl: `${HOST}/voice?shop=2` }, HOST);
    expect(wanted.voiceFallbackUrl).toBe(`${HOST}/voice?shop=2${RETRIES}`);
  });

  it('is spelt as the relay is configured, because that is what Twilio will sign', () => {
    const now = { ...HERE, voiceUrl: 'https://Relay.Example:443/voice?shop=2' };
    expect(wantedWebhooks(now, HOST).voiceUrl).toBe(`${HOST}/voice?shop=2${RETRIES}`);
    expect(wantedWebhooks(now, `${HOST}:443`).voiceUrl).toBe(`${HOST}:443/voice?shop=2${RETRIES}`);
  });

  it.each([
    'https://other.example/voice?shop=2',
    `${HOST}/other?shop=2`,
    `${HOST}/voices?shop=2`,
    'nonsense?shop=2',
  ])('takes nothing over from another address: %s', (voiceUrl) => {
    expect(wantedWebhooks({ ...BOUGHT, voiceUrl }, HOST)).toEqual(HERE);
  });
});

describe('what must be changed', () => {
  it('is only what differs', () => {
    const changes = changesBetween(
      { ...HERE, voiceUrl: 'https://a.example', voiceApplicationSid: 'AP1' },
      HERE,
    );
    expect(changes).toEqual({ voiceUrl: HERE.voiceUrl, voiceApplicationSid: '' });
  });

  it('is never a method set back to nothing, which Twilio refuses', () => {
    expect(changesBetween(HERE, { ...HERE, voiceFallbackUrl: '', voiceFallbackMethod: '' })).toEqual({
      voiceFallbackUrl: '',
    });
  });
});

it('a password in an address is hidden from people', () => {
  expect(shownWebhooks({ ...BOUGHT, voiceUrl: 'https://me:s3cret@a.example/x?y=a:b@c' })).toEqual({
    ...BOUGHT,
    voiceUrl: 'https://me:***@a.example/x?y=a:b@c',
  });
});
