// Checks that Twilio accepts the account and sends the number's calls here. A SIP trunk overrides an application, and an
// application overrides the URLs, so a right URL alone proves nothing.
import type { Finding } from '../../call/check.ts';
import { directionOf, shownWebhooks } from '../../phone/number-plan.ts';
import { troubleOf } from '../../phone/twilio-failure.ts';
import type { TwilioFailure, TwilioNumbers } from '../../phone/twilio-numbers.ts';
import { address } from '../number/table.ts';
import { fine, unknown, wrong } from './finding.ts';

const POINT_IT = '"npm run number", or Health in the pages, points it here, and can undo that.';

export async function checkAccount(numbers: TwilioNumbers | null): Promise<Finding> {
  if (numbers === null) {
    return unknown(
      'TWILIO_ACCOUNT_SID is not set',
      "Calls work without it; with it the relay hangs up through Twilio's API.",
    );
  }
  const account = await numbers.account();
  if (account.is === 'failed') return failure(account.failure);
  const { status, isTrial } = account.value;
  if (status !== 'active') {
    return wrong(`the account is ${status}`, 'Find out why at https://console.twilio.com.');
  }
  return isTrial
    ? fine(
        'credentials accepted (trial account)',
        'A trial account may refuse <Stream>, accepts only verified callers and cuts calls short: upgrade it if calls fail.',
      )
    : fine('credentials accepted');
}

export async function checkNumber(
  numbers: TwilioNumbers | null,
  phoneNumber: string,
  webhookUrl: string,
): Promise<Finding> {
  if (phoneNumber === '') {
    return unknown('TWILIO_PHONE_NUMBER is not set', 'Set it to check where its calls go.');
  }
  if (numbers === null) return unknown('TWILIO_ACCOUNT_SID is not set, so Twilio cannot be asked');
  const found = await numbers.find(phoneNumber);
  if (found.is === 'failed') return failure(found.failure);
  if (found.value === null) {
    return wrong(
      `the account has no number ${phoneNumber}`,
      'Check TWILIO_PHONE_NUMBER and TWILIO_ACCOUNT_SID; "npm run number" lists some of its numbers.',
    );
  }
  const { webhooks, trunkSid } = found.value;
  if (trunkSid !== '') {
    return wrong(
      `${phoneNumber} belongs to the SIP trunk ${trunkSid}, which overrides its webhooks`,
      'Take it out of the trunk at https://console.twilio.com (Elastic SIP Trunking).',
    );
  }
  if (webhooks.voiceApplicationSid !== '') {
    return wrong(
      `${phoneNumber} uses the application ${webhooks.voiceApplicationSid}, which overrides its webhooks`,
      POINT_IT,
    );
  }
  switch (directionOf(webhooks, webhookUrl)) {
    case 'here':
      return fine(`${phoneNumber} points here`);
    case 'partly':
      return fine(
        `${phoneNumber} points here, but its fallback, status callback or retries are not set`,
        POINT_IT,
      );
    case 'elsewhere': {
      const { voiceMethod, voiceUrl } = shownWebhooks(webhooks);
      return wrong(`${phoneNumber} asks ${address(voiceMethod, voiceUrl)}, not this relay`, POINT_IT);
    }
  }
}

function failure(of: TwilioFailure): Finding {
  const { isTheirs, saw, todo } = troubleOf(of);
  return isTheirs ? unknown(saw, todo) : wrong(saw, todo);
}
