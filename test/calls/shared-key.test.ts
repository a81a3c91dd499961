// Calls of an account whose webhooks Twilio signs with a SharedKey.
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { SharedKey } from '../../sandbox/twilio/signing.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const KEY = {
  name: 'webhooks_sharedkey_1',
  secret: 'the-new-secret',
  algorithm: 'HMAC_SHA256',
} as const satisfies SharedKey;

describe.concurrent('[O1] an account that signs with a SharedKey', () => {
  it.for(['HMAC_SHA256', 'HMAC_SHA1'] as const)(
    'has its call answered, carried and ended, with webhooks and upgrade signed by %s',
    async (algorithm, test) => {
      const sandbox = await quickSandbox(test, {
        env: { TWILIO_SHARED_KEY_SECRET: `the-old-secret,${KEY.secret}` },
        twilio: { sharedKey: { ...KEY, algorithm } },
      });
      const caller = await sandbox.call();
      await caller.hears('How can I help you?');
      await caller.says('When are you open?');
      await caller.hears('We are open from 9 to 6');
      caller.hangsUp();
      const ended = await sandbox.happened('call-ended');
      expect(ended.reason).toBe('caller-hung-up');
    },
  );

  it('has no call answered by a relay that knows another secret', async (test) => {
    const sandbox = await startSandbox({
      env: { TWILIO_SHARED_KEY_SECRET: 'the-old-secret' },
      twilio: { sharedKey: KEY },
    });
    test.onTestFinished(() => sandbox.close());
    expect(await (await sandbox.call()).ended).toMatchObject({ how: 'failed' });
    expect(sandbox.events).toEqual([]);
  });
});
