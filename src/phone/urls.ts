// The addresses that Twilio is given, all made from WEBHOOK_URL and never from a request: a forged header must not decide
// where a caller's audio goes, or what was signed.
import type { CallId } from '../call/call.ts';
import { isCallId, isOutboundId } from '../call/call-id.ts';

export const PATHS = {
  voice: '/voice',
  outgoing: '/voice/outgoing',
  machine: '/voice/machine',
  next: '/voice/next',
  status: '/voice/status',
  whisper: '/voice/whisper',
  stream: '/media-stream',
} as const;

/** The call that the path of a stream names: '' for none, null if the path is no stream's. */
export function streamCallOf(path: string): CallId | null {
  const [, callId = ''] = /^\/media-stream(?:\/(\w{1,40}))?\/?$/.exec(path) ?? [];
  if (callId !== '') return isCallId(callId) ? callId : null;
  return path === PATHS.stream || path === `${PATHS.stream}/` ? '' : null;
}

/**
 * Behind every address that Twilio asks: it asks up to twice more, where nobody can be connected to or answers in time, or a
 * proxy answers 5xx because the process died. Never part of the request or of its signature.
 */
export const RETRIES = '#rc=2&rp=ct,rt,5xx';

/**
 * An address names its call where Twilio's form would not lead to it: an outbound call's ID is random. An inbound call keeps
 * the plain address, because its ID follows from the form's CallSid.
 */
export interface PhoneUrls {
  readonly outgoing: (callId: CallId) => string;
  /** Receives who or what answered an outbound call. */
  readonly machine: (callId: CallId) => string;
  readonly next: (callId: CallId) => string;
  readonly status: (callId: CallId) => string;
  /** Asked what the human who answers a transfer hears first. Its form is about the other leg, so the address names the call. */
  readonly whisper: (callId: CallId) => string;
  /** `wss://`, and without a query: Twilio strips it or refuses the stream (31920). */
  readonly stream: (callId: CallId) => string;
}

/**
 * `webhookUrl` is `https://host`, without a slash at its end. `namesStreams`: a stream's path names its call, by which a machine
 * with several processes leads it to the right one.
 */
export function phoneUrls(webhookUrl: string, namesStreams = false): PhoneUrls {
  const naming =
    (path: string) =>
    (callId: CallId): string =>
      `${webhookUrl}${path}?call=${callId}${RETRIES}`;
  const namingOutbound =
    (path: string) =>
    (callId: CallId): string =>
      isOutboundId(callId) ? naming(path)(callId) : webhookUrl + path + RETRIES;
  return {
    outgoing: naming(PATHS.outgoing),
    machine: naming(PATHS.machine),
    next: namingOutbound(PATHS.next),
    status: namingOutbound(PATHS.status),
    whisper: naming(PATHS.whisper),
    stream: (callId) => webhookUrl.replace(/^http/, 'ws') + PATHS.stream + (namesStreams ? `/${callId}` : ''),
  };
}
