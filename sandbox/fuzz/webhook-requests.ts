// Webhooks as Twilio signs them, with parameters that nobody expects. One in ten is not signed.
import twilio from 'twilio';
import { isRecord, parsedJson } from '../../src/call/json.ts';
import { PATHS } from '../../src/phone/urls.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import { type Chance, mutated } from './mutate.ts';
import { send } from './post.ts';
import type { Stage } from './stage.ts';
import { ODDLY, textOf } from './texts.ts';

export function webhookOf({ relayUrl }: Stage) {
  return async (chance: Chance): Promise<boolean> => {
    const path = chance.pick([PATHS.voice, PATHS.next, PATHS.status, PATHS.whisper, PATHS.machine]);
    const params = paramsFrom(chance);
    const signature = twilio.getExpectedTwilioSignature(
      SANDBOX_ENV.TWILIO_AUTH_TOKEN,
      SANDBOX_ENV.WEBHOOK_URL + path,
      params,
    );
    const { status } = await send(
      'POST',
      relayUrl + path,
      {
        'x-twilio-signature': chance.below(10) === 0 ? 'none' : signature,
        'content-type': 'application/x-www-form-urlencoded',
      },
      String(new URLSearchParams(params)),
    );
    return status >= 400;
  };
}

function paramsFrom(chance: Chance): Record<string, string> {
  const form = {
    AccountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    CallSid: `CA${chance
      .below(2 ** 32)
      .toString(16)
      .padStart(32, '0')}`,
    CallStatus: chance.pick(['ringing', 'in-progress', 'completed', 'busy']),
    From: '+15550003333',
    To: '+15550002222',
    SpeechResult: textOf(chance),
  };
  const text = mutated(chance, form, [textOf(chance)], { ...ODDLY, unreadableOneIn: 1e9 });
  const read = parsedJson(String(text));
  // A form holds texts only, and no half characters.
  return Object.fromEntries(
    Object.entries(isRecord(read) ? read : {}).map(([name, value]) => [
      name,
      (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed(),
    ]),
  );
}
