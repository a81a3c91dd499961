// Commands calls over Twilio's REST API, by CallSid. The package takes 10 MB and 100 ms of everybody's audio to load, so it
// is loaded with the process's first call, when nobody else is on the line. Placing a call is never repeated, by us or by
// the package: a request that broke may still make a phone ring.
import type { Twilio } from 'twilio';
import { within } from '../call/waiting.ts';
import { codeOf } from '../call/error-code.ts';
import { once } from '../call/once.ts';
import type { CallToPlace, Clock, PlaceResult } from '../call/ports.ts';
import type { PhoneUrls } from './urls.ts';

const TIMEOUT_MS = 5_000;
/** Longer than for the rest: after giving up, nobody knows whether the call was placed. */
const PLACE_WITHIN_MS = 15_000;
/** Transfers of one call. */
const MOST_LEGS = 20;
/** Twilio's code for "the call is not in progress": it is over, or never was. */
const NOT_IN_PROGRESS = 21220;
/** The relay ends a call that is too long with a goodbye; Twilio's own limit, this much later, is for a relay that is gone. */
const SPARE_S = 60;

/** Node's codes for a connection that was never made, so that nothing was sent. */
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

export interface TwilioApi {
  /** A call begins: it will want the rest of this. Returns at once. */
  load(): void;
  /** Never rejects. */
  place(call: CallToPlace): Promise<PlaceResult>;
  /** Ends a call, be it queued, ringing or in progress. Resolves if the call is already over; rejects on every other error. */
  hangUp(sid: string): Promise<void>;
  /** What all legs of an ended call cost, in USD; null while Twilio has not priced one of them. Rejects if it cannot be asked. */
  price(sid: string): Promise<number | null>;
  /** Ends the call's stream at once, dropping unheard audio, and goes on with these instructions. Rejects as `hangUp`. */
  redirect(sid: string, twiml: string): Promise<void>;
}

export function twilioApi(options: TwilioCallsOptions): TwilioApi {
  const { urls, clock } = options;
  const loaded = once(() => clientsOf(options));

  async function update(sid: string, change: { status: 'completed' } | { twiml: string }): Promise<void> {
    const { calls } = await loaded();
    try {
      await calls(sid).update(change);
    } catch (error) {
      if (numberIn(error, 'code') === NOT_IN_PROGRESS) return;
      throw error;
    }
  }

  async function create(call: CallToPlace): Promise<PlaceResult> {
    const { callId, from, to } = call;
    const { newCalls } = await loaded();
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
        // In the background: otherwise the callee hears silence until detection ends. Twilio wants a string.
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
    // After the answer that is being written now: Twilio takes its time to open the stream.
    load: () => void setImmediate(() => void loaded()),
    // The package's own limit covers a silent socket only: a trickling answer would never end.
    place: (call) => within(clock, PLACE_WITHIN_MS, create(call), { is: 'unknown' }),
    hangUp: (sid) => update(sid, { status: 'completed' }),
    price: async (sid) => {
      const { calls } = await loaded();
      const [call, legs] = await Promise.all([
        calls(sid).fetch(),
        calls.list({ parentCallSid: sid, limit: MOST_LEGS }),
      ]);
      const prices = [call, ...legs].map(priceOf);
      return prices.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
    },
    redirect: (sid, twiml) => update(sid, { twiml }),
  };
}

/** Twilio writes what it takes: `-0.03000`. */
function priceOf({
  price,
  priceUnit,
}: {
  readonly price: string;
  readonly priceUnit: string;
}): number | null {
  const usd = typeof price === 'string' && price !== '' ? Math.abs(Number(price)) : NaN;
  return priceUnit === 'USD' && Number.isFinite(usd) ? usd : null;
}

type Calls = Twilio['calls'];

async function clientsOf({ accountSid, authToken, apiUrl }: TwilioApiOptions) {
  const { default: twilio } = await import('twilio');
  const callsOf = (how: { readonly timeout: number; readonly keepAlive?: boolean }): Calls => {
    const client = twilio(accountSid, authToken, { ...how, autoRetry: false });
    if (apiUrl !== '') client.api.baseUrl = apiUrl;
    // Loads the API, which the package otherwise does at the first request.
    return client.calls;
  };
  return {
    calls: callsOf({ timeout: TIMEOUT_MS }),
    // One connection each: a kept one may just have been closed by the far end, and then nobody knows whether Twilio took
    // the request.
    newCalls: callsOf({ timeout: PLACE_WITHIN_MS, keepAlive: false }),
  };
}

/** Only a refusal by Twilio proves that no phone rings. Ignores messages: they repeat the callee's number. */
function failedPlacing(error: unknown): PlaceResult {
  const status = numberIn(error, 'status');
  if (status === null) {
    return NEVER_CONNECTED.includes(codeOf(error) ?? '') ? { is: 'busy' } : { is: 'unknown' };
  }
  if (status === 429) return { is: 'busy' };
  // A proxy answers 408 when it does not know how far a request got.
  if (status < 400 || status >= 500 || status === 408) return { is: 'unknown' };
  return { is: 'refused', code: numberIn(error, 'code') ?? 0 };
}

/** The package throws two classes for an answer, with the same fields and no common base. */
function numberIn(error: unknown, name: 'status' | 'code'): number | null {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : null;
  return typeof value === 'number' ? value : null;
}
