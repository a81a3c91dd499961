// The numbers of the Twilio account and the webhooks behind them, as Health and the API see them.
import type { NumberChangeStore } from '../call/number-webhooks.ts';
import type { Clock } from '../call/ports.ts';
import type { NumberRoutesOptions } from '../operator/number-routes.ts';
import type { WebhookRoutesOptions } from '../operator/webhook-routes.ts';
import type { Phone } from '../phone/phone.ts';
import { Pointing } from '../phone/pointing.ts';
import { twilioNumbers } from '../phone/twilio-numbers.ts';
import type { Siblings } from '../cluster/siblings.ts';
import type { Setup } from './read-setup.ts';
import type { Switchboard } from './switchboard.ts';

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
    hasProfiles: config.profilesFile !== '',
    usual: { agent: profiles.default.agentId, greeting: profiles.default.greeting },
  };
}

export function webhooksOf(
  { config }: Setup,
  {
    phone,
    switchboard,
    siblings,
  }: {
    readonly phone: Pick<Phone, 'heard' | 'rehearse'>;
    readonly switchboard: Pick<Switchboard, 'rehearse'>;
    readonly siblings: Pick<Siblings, 'webhooks'>;
  },
): Pick<WebhookRoutesOptions, 'desk' | 'usualNumber'> {
  return {
    usualNumber: config.twilioPhoneNumber,
    desk: {
      heard: async () =>
        (await siblings.webhooks())?.toSorted((one, other) => other.at - one.at) ?? phone.heard,
      rehearse: (from, to) => phone.rehearse({ from, to }, (call) => switchboard.rehearse(call)),
    },
  };
}
