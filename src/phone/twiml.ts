// The next step of a call as TwiML. `<Connect>` always has an `action`: without one Twilio hangs up when the stream ends,
// and a relay that died takes its call with it (E2).
// oxlint-disable-next-line import/extensions -- it has no exports map
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import type { CallId, Errand, NextStep } from '../call/call.ts';
import type { PhoneUrls } from './urls.ts';

/** If it rings longer, the caller loses patience, or the human's voicemail answers instead. */
const RING_S = 25;

/** The one `<Parameter>` of our stream. Twilio cuts a name and value of 500 characters and more. */
export const TOKEN_PARAMETER = 'token';

/** Twilio's own voice says this when the relay cannot. */
const APOLOGY = "I'm sorry, something went wrong on our side. Please call again later. Goodbye.";

export interface TwimlCall {
  readonly id: CallId;
  /** The number that a transfer shows to the human; null: the caller's, which Twilio uses by itself. */
  readonly callerId: string | null;
  readonly token: () => string;
  /** Where Twilio asks again. */
  readonly again: string;
}

export function twimlFor(step: NextStep, call: TwimlCall, urls: PhoneUrls): string {
  const response = new VoiceResponse();
  if (typeof step !== 'string') {
    if (step.type === 'transfer') {
      transfer(response, step, call, urls);
    } else {
      response.play({ digits: step.digits });
      connect(response, call, urls);
    }
    return response.toString();
  }
  switch (step) {
    case 'connect':
      connect(response, call, urls);
      break;
    case 'busy':
      // Twilio neither answers nor bills a call that it rejects; only possible before the call is answered.
      response.reject({ reason: 'busy' });
      break;
    case 'ask-again':
      // Neither this nor the wait before it answers a call that still rings.
      response.redirect({ method: 'POST' }, call.again);
      break;
    case 'hang-up':
      response.hangup();
      break;
    case 'apologise':
      response.say(APOLOGY);
      response.hangup();
      break;
  }
  return response.toString();
}

/** For the human who answers a transfer: they hear `text`, then the caller. */
export function whisperTwiml(text: string): string {
  const response = new VoiceResponse();
  if (text !== '') response.say(xmlText(text));
  return response.toString();
}

function transfer(
  response: VoiceResponse,
  { to, say }: Extract<Errand, { type: 'transfer' }>,
  { id, callerId }: TwimlCall,
  urls: PhoneUrls,
): void {
  if (say !== '') response.say(xmlText(say));
  // Without `answerOnBridge` the caller would hear silence while it rings.
  const dial = response.dial({
    action: urls.next(id),
    method: 'POST',
    timeout: RING_S,
    answerOnBridge: true,
    ...(callerId === null ? {} : { callerId }),
  });
  dial.number({ url: urls.whisper(id), method: 'POST' }, to);
}

/** Drops what XML 1.0 cannot carry: control characters and lone surrogates, on which the package's writer throws. */
function xmlText(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}

/** The stream carries nothing of its call but the token: of what a call is about, Twilio gets back only what it said itself. */
function connect(response: VoiceResponse, { id, token }: TwimlCall, urls: PhoneUrls): void {
  const stream = response
    .connect({ action: urls.next(id), method: 'POST' })
    .stream({ url: urls.stream(id), statusCallback: urls.status(id) });
  stream.parameter({ name: TOKEN_PARAMETER, value: token() });
}

export const NO_TWIML = new VoiceResponse().toString();
