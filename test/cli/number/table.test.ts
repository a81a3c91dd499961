import { expect, it } from 'vitest';
import type { Webhooks } from '../../../src/call/number-webhooks.ts';
import { beforeAndAfter } from '../../../src/cli/number/table.ts';

const BEFORE: Webhooks = {
  voiceUrl: 'https://demo.twilio.com/welcome/voice/',
  voiceMethod: 'POST',
  voiceFallbackUrl: '',
  voiceFallbackMethod: 'POST',
  statusCallback: '',
  statusCallbackMethod: 'POST',
  voiceApplicationSid: 'AP1',
};
const VOICE = 'https://relay.example/voice#rc=2&rp=ct,rt,5xx';

it('the table stands in columns, with an arrow at what changes', () => {
  const after = { ...BEFORE, voiceUrl: VOICE, voiceFallbackUrl: VOICE, voiceApplicationSid: '' };
  expect(beforeAndAfter(BEFORE, after)).toEqual([
    '                   before                                        after',
    '  A call comes in  POST https://demo.twilio.com/welcome/voice/ → POST https://relay.example/voice#rc=2&rp=ct,rt,5xx',
    '  If that fails    –                                           → POST https://relay.example/voice#rc=2&rp=ct,rt,5xx',
    '  Status changes   –                                             –',
    '  Application      AP1                                         → –',
  ]);
});
