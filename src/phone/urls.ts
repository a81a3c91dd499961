// Where Twilio finds us. Every address is made from the configured WEBHOOK_URL, never from a request: a header can say
// anything, and what it says must not decide where a caller's audio goes or what was signed.

import type { CallId } from '../call/call.ts';

export const PATHS = {
  voice: '/voice',
  next: '/voice/next',
  status: '/voice/status',
  whisper: '/voice/whisper',
  stream: '/media-stream',
} as const;

export interface PhoneUrls {
  readonly next: string;
  readonly status: string;
  /** What whoever answers a transfer of this call hears first. */
  readonly whisper: (callId: CallId) => string;
  /** `wss://`, and without a query: Twilio strips it or refuses the stream (31920). */
  readonly stream: string;
}

/** `webhookUrl` is `https://host`, without a slash at its end. */
export function phoneUrls(webhookUrl: string): PhoneUrls {
  return {
    next: webhookUrl + PATHS.next,
    status: webhookUrl + PATHS.status,
    whisper: (callId) => `${webhookUrl}${PATHS.whisper}?call=${callId}`,
    stream: webhookUrl.replace(/^http/, 'ws') + PATHS.stream,
  };
}
