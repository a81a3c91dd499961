// What can be done with a call over Twilio's REST API. The package loads its API when it is first touched, 60 to 250 ms
// of it; that happens here, at boot, because later it would hold up everybody's audio. Calls go by Twilio's CallSid here.
// Placing one is never repeated, by us or by the package: a request that broke may still make a telephone ring.
import twilio from 'twilio';
import { within } from '../call/waiting.ts';
import { codeOf } from '../call/error-code.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { PhoneUrls } from './urls.ts';

const TIMEOUT_MS = 5_000;
/** Longer: giving up here leaves it open for good whether the call was placed. */
const PLACE_WITHIN_MS = 15_000;
/** "The call is not in progress": it is already over, or never was. */
const NOT_IN_PROGRESS = 21220;
/** Our own end of a call that is too long comes with a word of goodbye; Twilio's is for when we are gone. */
const SPARE_S = 60;

/** What Node says of a connection that never stood, so that nothing was sent over it. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

export interface TwilioApiOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** An API base for the sandbox; '' for Twilio's own. */
  readonly apiUrl: string;
}

export interface TwilioCallsOptions extends TwilioApiOptions {
  readonly urls: PhoneUrls;
  readonly clock: Clock;
}

export interface CallToPlace {
  readonly callId: CallId;
  readonly from: string;
  readonly to: string;
  readonly ringTimeoutS: number;
  readonly maxMinutes: number;
  /** Whether it is enough to know that a machine answered, or a message is to be left after its beep. */
  readonly detect: 'machine' | 'message-end';
}

export type Placing =
  /** Twilio has taken the call: queued, and not yet ringing. */
  | { readonly is: 'placed'; readonly sid: string }
  /** `code` is Twilio's error number, 0 where the answer had none. */
  | { readonly is: 'refused'; readonly code: number; readonly status: number }
  /** Not now, and certainly not placed: too many requests, or no connection was had at all. */
  | { readonly is: 'busy' }
  /** Perhaps placed, perhaps not; Twilio asks about the call if it was. */
  | { readonly is: 'unknown' };

export interface TwilioApi {
  /** Never rejects. */
  place(call: CallToPlace): Promise<Placing>;
  /** Ends a call, be it queued, ringing or in progress. One that is already over is not an error; all else rejects. */
  hangUp(sid: string): Promise<void>;
  /** Ends the call's stream at once, with what was not heard yet, and goes on with these instructions; as `hangUp`. */
  redirect(sid: string, twiml: string): Promise<void>;
}

export function twilioApi(options: TwilioCallsOptions): TwilioApi {
  const { urls, clock } = options;
  const { calls } = clientOf(options, { timeout: TIMEOUT_MS });
  // A connection for each: on a kept one, which the far end may just have closed, a request breaks for nothing, and nobody
  // could say whether it was taken.
  const { calls: newCalls } = clientOf(options, { timeout: PLACE_WITHIN_MS, keepAlive: false });

  async function update(sid: string, change: { status: 'completed' } | { twiml: string }): Promise<void> {
    try {
      await calls(sid).update(change);
    } catch (error) {
      if (error instanceof twilio.RestException && error.code === NOT_IN_PROGRESS) return;
      throw error;
    }
  }

  async function create(call: CallToPlace): Promise<Placing> {
    const { callId, from, to } = call;
    try {
      const { sid } = await newCalls.create({
        from,
        to,
        url: urls.outgoing(callId),
        method: 'POST',
        statusCallback: urls.status(callId),
        statusCallbackMethod: 'POST',
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
        timeout: call.ringTimeoutS,
        timeLimit: call.maxMinutes * 60 + SPARE_S,
        machineDetection: call.detect === 'message-end' ? 'DetectMessageEnd' : 'Enable',
        // In the background, or the callee would wait in silence until it is known what they are. Twilio wants a string.
        asyncAmd: 'true',
        asyncAmdStatusCallback: urls.machine(callId),
        asyncAmdStatusCallbackMethod: 'POST',
      });
      return typeof sid === 'string' && sid !== '' ? { is: 'placed', sid } : { is: 'unknown' };
    } catch (error) {
      return failedPlacing(error);
    }
  }

  return {
    // The package's own limit counts silence of the socket only: an answer that trickles would be awaited for ever.
    place: (call) => within(clock, PLACE_WITHIN_MS, create(call), { is: 'unknown' }),
    hangUp: (sid) => update(sid, { status: 'completed' }),
    redirect: (sid, twiml) => update(sid, { twiml }),
  };
}

function clientOf(
  { accountSid, authToken, apiUrl }: TwilioApiOptions,
  how: { readonly timeout: number; readonly keepAlive?: boolean },
): ReturnType<typeof twilio> {
  const client = twilio(accountSid, authToken, { ...how, autoRetry: false });
  if (apiUrl !== '') client.api.baseUrl = apiUrl;
  return client;
}

/** Only what Twilio itself has refused is known not to ring. Messages are left aside: they repeat the callee's number. */
function failedPlacing(error: unknown): Placing {
  const status = numberIn(error, 'status');
  if (status === null) {
    return NEVER_CONNECTED.includes(codeOf(error) ?? '') ? { is: 'busy' } : { is: 'unknown' };
  }
  if (status === 429) return { is: 'busy' };
  // 408 is a proxy's word for a request of which it does not know how far it got.
  if (status < 400 || status >= 500 || status === 408) return { is: 'unknown' };
  return { is: 'refused', code: numberIn(error, 'code') ?? 0, status };
}

/** The package has two kinds of exceptions for an answer, with the same fields and no common class. */
function numberIn(error: unknown, name: 'status' | 'code'): number | null {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : null;
  return typeof value === 'number' ? value : null;
}
