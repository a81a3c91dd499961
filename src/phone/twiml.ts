// What Twilio is told to do with a call. `<Connect>` always has an `action`: without one Twilio hangs up when the
// stream ends, and a relay that died takes its call with it (E2).
import twilio from 'twilio';
import type { CallId } from '../call/call.ts';
import type { PhoneUrls } from './urls.ts';

export type Answer =
  /** Join the caller to the stream, which brings `token` back. */
  | { readonly type: 'connect'; readonly callId: CallId; readonly token: string }
  /** Only for a call that was not answered yet; it is neither answered nor billed. */
  | { readonly type: 'busy' }
  | { readonly type: 'hang-up' }
  /** Another process will know what next, in a moment. */
  | { readonly type: 'ask-again'; readonly callId: CallId }
  | {
      readonly type: 'transfer';
      readonly callId: CallId;
      readonly to: string;
      /** Spoken first, '' for nothing. */
      readonly say: string;
      /** The number that is shown to whoever is dialled; null: the caller's, which Twilio takes by itself. */
      readonly callerId: string | null;
    }
  /** Press keys, then join the caller to a new stream. */
  | {
      readonly type: 'send-digits';
      readonly callId: CallId;
      readonly digits: string;
      readonly token: string;
    }
  /** For whoever answers a transfer: joined to the caller once it was said, '' at once. */
  | { readonly type: 'whisper'; readonly text: string }
  | { readonly type: 'say-and-hang-up'; readonly text: string };

type VoiceResponse = InstanceType<typeof twilio.twiml.VoiceResponse>;

/** Longer, and the caller loses patience, or the human's voicemail answers instead. */
const RING_S = 25;

/** The one `<Parameter>` of our stream. Twilio cuts a name and value of 500 characters and more. */
export const TOKEN_PARAMETER = 'token';

export function twimlFor(answer: Answer, urls: PhoneUrls): string {
  const response = new twilio.twiml.VoiceResponse();
  switch (answer.type) {
    case 'connect':
      connect(response, answer, urls);
      break;
    case 'send-digits':
      response.play({ digits: answer.digits });
      connect(response, answer, urls);
      break;
    case 'transfer': {
      if (answer.say !== '') response.say(xmlText(answer.say));
      // Without `answerOnBridge` the caller would hear silence while it rings.
      const dial = response.dial({
        action: urls.next(answer.callId),
        method: 'POST',
        timeout: RING_S,
        answerOnBridge: true,
        ...(answer.callerId === null ? {} : { callerId: answer.callerId }),
      });
      dial.number({ url: urls.whisper(answer.callId), method: 'POST' }, answer.to);
      break;
    }
    case 'whisper':
      if (answer.text !== '') response.say(xmlText(answer.text));
      break;
    case 'busy':
      response.reject({ reason: 'busy' });
      break;
    case 'ask-again':
      response.pause({ length: 1 });
      response.redirect({ method: 'POST' }, urls.next(answer.callId));
      break;
    case 'hang-up':
      response.hangup();
      break;
    case 'say-and-hang-up':
      response.say(xmlText(answer.text));
      response.hangup();
      break;
  }
  return response.toString();
}

/** Drops what XML 1.0 cannot carry: control characters and lone surrogates, on which the package's writer throws. */
function xmlText(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}

/** The token is all that a stream carries of its call: what a call is about does not go through Twilio. */
function connect(
  response: VoiceResponse,
  { callId, token }: { readonly callId: CallId; readonly token: string },
  urls: PhoneUrls,
): void {
  const stream = response
    .connect({ action: urls.next(callId), method: 'POST' })
    .stream({ url: urls.stream, statusCallback: urls.status(callId) });
  stream.parameter({ name: TOKEN_PARAMETER, value: token });
}

/** The answer to a callback that asks nothing. */
export const NO_TWIML = new twilio.twiml.VoiceResponse().toString();
