// What Twilio is told to do with a call. `<Connect>` always has an `action`: without one Twilio hangs up when the
// stream ends, and a relay that died takes its call with it (E2).
import twilio from 'twilio';
import type { PhoneUrls } from './urls.ts';

export type Answer =
  /** Join the caller to the stream, which brings `token` back. */
  | { readonly type: 'connect'; readonly token: string }
  /** Only for a call that was not answered yet; it is neither answered nor billed. */
  | { readonly type: 'busy' }
  | { readonly type: 'hang-up' }
  | { readonly type: 'say-and-hang-up'; readonly text: string };

/** The one `<Parameter>` of our stream. Twilio cuts a name and value of 500 characters and more. */
export const TOKEN_PARAMETER = 'token';

export function twimlFor(answer: Answer, urls: PhoneUrls): string {
  const response = new twilio.twiml.VoiceResponse();
  switch (answer.type) {
    case 'connect': {
      const connect = response.connect({ action: urls.next, method: 'POST' });
      const stream = connect.stream({ url: urls.stream, statusCallback: urls.status });
      stream.parameter({ name: TOKEN_PARAMETER, value: answer.token });
      break;
    }
    case 'busy':
      response.reject({ reason: 'busy' });
      break;
    case 'hang-up':
      response.hangup();
      break;
    case 'say-and-hang-up':
      response.say(answer.text);
      response.hangup();
      break;
  }
  return response.toString();
}

/** The answer to a callback that asks nothing. */
export const NO_TWIML = new twilio.twiml.VoiceResponse().toString();
