// A failure of Twilio's API in words, with what to do about it.
import type { TwilioFailure } from '../../phone/twilio-numbers.ts';

export interface Told {
  readonly saw: string;
  readonly todo: string;
}

export function tellFailure({ status, code }: TwilioFailure): Told {
  const number = typeof code === 'number' ? `, error ${code}` : '';
  switch (status) {
    case null:
      return {
        saw: `Twilio's API cannot be reached (${code ?? 'no usable answer'})`,
        todo: "Check this machine's network, and TWILIO_API_URL if it is set.",
      };
    case 401:
      return {
        saw: `Twilio rejects the credentials (401${number})`,
        todo: 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must belong to the same account, and the token must be its primary one: copy both from "Account Info" at https://console.twilio.com.',
      };
    case 403:
      return {
        saw: `Twilio forbids it (403${number})`,
        todo: 'Check the account at https://console.twilio.com; test credentials cannot do this.',
      };
    case 404:
      return {
        saw: `Twilio does not find it (404${number})`,
        todo: 'Check TWILIO_ACCOUNT_SID, and TWILIO_API_URL if it is set.',
      };
    case 429:
      return {
        saw: `Twilio receives too many requests (429${number})`,
        todo: 'Wait a minute, then try again.',
      };
    default:
      return {
        saw: `Twilio answered ${status}${number}`,
        todo:
          typeof code === 'number' && status < 500
            ? `See https://www.twilio.com/docs/api/errors/${code}`
            : 'Try again in a minute; https://status.twilio.com reports outages.',
      };
  }
}
