// The numbers of the Twilio account, as Health and the API see them.
import type { NumberChangeStore } from '../call/number-webhooks.ts';
import type { Clock } from '../call/ports.ts';
import type { NumberRoutesOptions } from '../operator/number-routes.ts';
import { Pointing } from '../phone/pointing.ts';
import { twilioNumbers } from '../phone/twilio-numbers.ts';
import type { Setup } from './read-setup.ts';

export function numbersOf(
  { config, profiles }: Setup,
  changes: NumberChangeStore,
  clock: Clock,
): NumberRoutesOptions {
  const {
    twilioAccountSid: accountSid,
    twilioAuthToken: authToken,
    twilioApiUrl: apiUrl,
    webhookUrl,
  } = config;
  const now = (): number => clock.now();
  const numbers = accountSid === '' ? null : twilioNumbers({ accountSid, authToken, apiUrl });
  return {
    pointing: numbers === null ? null : new Pointing({ numbers, changes, webhookUrl, authToken, now }),
    webhookUrl,
    ownNumbers: [...new Set([config.twilioPhoneNumber, ...profiles.byNumber.keys()])].filter(
      (number) => number !== '',
    ),
    profileOf: (number) => profiles.of(number).name,
  };
}
