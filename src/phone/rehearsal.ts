// A rehearsal of a call's first webhook: a form as Twilio sends it, signed, over HTTP to the relay's own routes, which ask a
// listener that begins nothing. It does not go out and in again: whether the public address leads here is the doctor's question.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import express, { type Router } from 'express';
// oxlint-disable-next-line import/extensions -- it has no exports map
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { RehearsedWebhook } from '../call/heard-webhook.ts';
import type { CallFacts, NextStep } from '../call/call.ts';
import type { PhoneListener } from './phone-listener.ts';
import { PATHS } from './urls.ts';
import { verbOf } from './webhook-log.ts';

const WITHIN_MS = 10_000;
/** In the place of a token, which only a real call's stream gets. */
export const REHEARSED_TOKEN = 'made-for-each-call';

export interface RehearsalOptions {
  readonly authToken: string;
  readonly accountSid: string;
  readonly webhookUrl: string;
  readonly from: string;
  readonly to: string;
  /** The webhooks, over a `rehearsingListener`. */
  readonly routes: Router;
}

/** Rejects only if this machine lets nobody listen. */
export async function rehearseWebhook(options: RehearsalOptions): Promise<RehearsedWebhook> {
  const server = createServer(express().use(options.routes));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const form = formOf(options);
    const beganAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}${PATHS.voice}`, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': signatureOf(options, form) },
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const twiml = await response.text();
    const tookMs = Math.round(performance.now() - beganAt);
    return { status: response.status, twiml, answer: verbOf(twiml), tookMs };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Only asks `decide`, and whatever else Twilio might report is about no call. */
export function rehearsingListener(decide: (call: CallFacts) => Promise<NextStep>): PhoneListener {
  return {
    onIncoming: decide,
    onAnswered: async () => 'hang-up',
    onNext: async () => 'hang-up',
    onTransferAnswered: async () => '',
    onMachine: () => {},
    onStatus: () => {},
    onStreamError: () => {},
    onStream: () => () => {},
  };
}

function formOf({ accountSid, from, to }: RehearsalOptions): Record<string, string> {
  return {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    CallStatus: 'ringing',
    Called: to,
    Caller: from,
    Direction: 'inbound',
    From: from,
    To: to,
  };
}

function signatureOf({ authToken, webhookUrl }: RehearsalOptions, form: Record<string, string>): string {
  return getExpectedTwilioSignature(authToken, webhookUrl + PATHS.voice, form);
}
