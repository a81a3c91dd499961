// A failure of Twilio's API in words, with what to do about it.
import type { CarrierTrouble } from '../call/number-webhooks.ts';
import type { TwilioFailure } from './twilio-numbers.ts';

/** A refusal says something about the settings here; an unreachable or failing Twilio does not. */
export function troubleOf(failure: TwilioFailure): CarrierTrouble {
  const { status } = failure;
  const isTheirs = status === null || status === 429 || status >= 500;
  return { is: 'failed', isTheirs, ...tellFailure(failure) };
}

function tellFailure({ status, code }: TwilioFailure): Pick<CarrierTrouble, 'saw' | 'todo'> {
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
