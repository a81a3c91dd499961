// What can be done with a call over Twilio's REST API. The package loads its API when it is first touched, 60 to 250 ms
// of it; that happens here, at boot, because later it would hold up everybody's audio.
import twilio from 'twilio';
import type { CallId } from '../call/call.ts';

const TIMEOUT_MS = 5_000;
/** "The call is not in progress": it is already over, or never was. */
const NOT_IN_PROGRESS = 21220;

export interface TwilioApiOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Another API base than Twilio's own, for the sandbox. */
  readonly apiUrl?: string;
}

/** What can be done with a call in progress. A call that is already over is not an error; all else rejects. */
export interface TwilioApi {
  hangUp(callId: CallId): Promise<void>;
  /** Ends the call's stream at once, with what was not heard yet, and goes on with these instructions. */
  redirect(callId: CallId, twiml: string): Promise<void>;
}

export function twilioApi({ accountSid, authToken, apiUrl }: TwilioApiOptions): TwilioApi {
  const client = twilio(accountSid, authToken, { timeout: TIMEOUT_MS });
  if (apiUrl !== undefined) client.api.baseUrl = apiUrl;
  const calls = client.calls;

  async function update(callId: CallId, change: { status: 'completed' } | { twiml: string }): Promise<void> {
    try {
      await calls(callId).update(change);
    } catch (error) {
      if (error instanceof twilio.RestException && error.code === NOT_IN_PROGRESS) return;
      throw error;
    }
  }

  return {
    hangUp: (callId) => update(callId, { status: 'completed' }),
    redirect: (callId, twiml) => update(callId, { twiml }),
  };
}
