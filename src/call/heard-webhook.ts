// A request to the webhooks as an operator may see it: nothing that a stranger wrote, and no whole number.
import type { CallId, RefusedInput } from './call.ts';

export interface HeardWebhook {
  readonly at: number;
  /** As `/voice`. */
  readonly route: string;
  readonly tookMs: number;
  /** `refused`: without an answer in TwiML, because nobody proved that Twilio asked. */
  readonly is: 'answered' | 'refused';
  /** What was wrong with it; null: nothing. */
  readonly refused: { readonly kind: RefusedInput; readonly detail: string } | null;
  /** The first verb of the answer, as `Connect`; '' for none. */
  readonly answer: string;
  /** Twilio's word for the state of the call; '' if the form has none. */
  readonly callStatus: string;
  readonly callId: CallId | null;
  /** The last digits of the caller's number; '' if there is none. */
  readonly from: string;
}

/** What a call's first webhook would get now. */
export interface RehearsedWebhook {
  /** HTTP's. */
  readonly status: number;
  readonly twiml: string;
  readonly answer: string;
  readonly tookMs: number;
}

export interface WebhookDesk {
  /** The latest first. Of both kinds a bounded number: strangers cannot push out what Twilio asked. */
  heard(): Promise<readonly HeardWebhook[]>;
  /** Asks the webhook as Twilio would, signed, with nothing begun, counted or written. */
  rehearse(from: string, to: string): Promise<RehearsedWebhook>;
}
