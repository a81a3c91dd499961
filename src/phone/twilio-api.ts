// What can be done with a call over Twilio's REST API. The package loads its API when it is first touched, 60 to 250 ms
// of it; that happens here, at boot, because later it would hold up everybody's audio.
import twilio from 'twilio';
import type { CallId } from '../call/call.ts';
import type { PhoneControl } from '../call/ports.ts';

const TIMEOUT_MS = 5_000;
/** "The call is not in progress": it is already over, or never was. */
const NOT_IN_PROGRESS = 21220;

export interface TwilioApiOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Another API base than Twilio's own, for the sandbox. */
  readonly apiUrl?: string;
}

export function twilioApi({ accountSid, authToken, apiUrl }: TwilioApiOptions): PhoneControl {
  const client = twilio(accountSid, authToken, { timeout: TIMEOUT_MS });
  if (apiUrl !== undefined) client.api.baseUrl = apiUrl;
  const calls = client.calls;

  return {
    async hangUp(callId: CallId): Promise<void> {
      try {
        await calls(callId).update({ status: 'completed' });
      } catch (error) {
        if (error instanceof twilio.RestException && error.code === NOT_IN_PROGRESS) return;
        throw error;
      }
    },
  };
}
