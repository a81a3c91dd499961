// Twilio's questions over HTTP: a call comes in, an outbound call is answered, a stream ended, something happened. A signed
// request is always answered with 200 and TwiML, whatever breaks here: anything else is a recorded "application error" in
// the caller's ear.
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { CallFacts, NextStep, RefusedInput } from '../call/call.ts';
import { inboundIdOf } from '../call/call-id.ts';
import type { NamedCall, PhoneListener } from './phone-listener.ts';
import { webhookSignature } from './signature.ts';
import { NO_TWIML, whisperTwiml } from './twiml.ts';
import { PATHS } from './urls.ts';
import {
  callerProofOf,
  field,
  namedCallOf,
  outboundIdOf,
  parametersOf,
  partiesOf,
  sidOf,
  statusOf,
  transferOutcomeOf,
  verdictOf,
} from './webhook-form.ts';

export interface PhoneRoutesOptions {
  readonly authToken: string;
  readonly sharedKeys?: readonly string[];
  readonly webhookUrl: string;
  /** Calls of another account are turned away; '' takes any. */
  readonly accountSid: string;
  readonly listener: PhoneListener;
  readonly twiml: (call: Pick<CallFacts, 'id' | 'carrier' | 'from'>, step: NextStep) => string;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** What a malformed request is about. Its answer must fit every question. */
const NOBODY = { id: '', carrier: null, from: '' };

export function phoneRoutes(options: PhoneRoutesOptions): Router {
  const router = express.Router();
  const signed = webhookSignature(options);
  for (const [path, handle] of Object.entries(new Webhooks(options).handlers))
    router.post(path, signed, handle);
  return router;
}

class Webhooks {
  readonly #options: PhoneRoutesOptions;

  constructor(options: PhoneRoutesOptions) {
    this.#options = options;
  }

  get handlers(): Readonly<Record<string, RequestHandler>> {
    const { listener, twiml } = this.#options;
    const hangUp = twiml(NOBODY, 'hang-up');
    return {
      [PATHS.voice]: this.#answering(async (req) => {
        const sid = this.#sidOf(req);
        if (sid === null) return twiml(NOBODY, 'busy');
        const facts = { id: inboundIdOf(sid), carrier: { sid }, ...partiesOf(req), ...callerProofOf(req) };
        return twiml(facts, listener.onIncoming({ ...facts, parameters: parametersOf(req) }));
      }),
      [PATHS.outgoing]: this.#answering(async (req) => {
        const call = this.#outboundOf(req);
        if (call === null) return hangUp;
        return twiml({ ...factsOf(call), ...partiesOf(req) }, await listener.onAnswered(call));
      }),
      [PATHS.next]: this.#answering(async (req) => {
        const named = this.#callOf(req);
        if (named === null) return hangUp;
        const call = { ...factsOf(named), ...partiesOf(req), parameters: {} };
        const step = await listener.onNext(call, statusOf(req), transferOutcomeOf(req));
        return twiml(call, step);
      }),
      [PATHS.whisper]: this.#answering(async (req) => {
        const callId = namedCallOf(req);
        return callId === null ? hangUp : whisperTwiml(await listener.onTransferAnswered(callId));
      }),
      [PATHS.machine]: this.#taking((req) => {
        const call = this.#outboundOf(req);
        if (call !== null) listener.onMachine({ callId: call.callId, ...verdictOf(req) });
      }),
      [PATHS.status]: this.#taking((req) => {
        const call = this.#callOf(req);
        if (call === null) return;
        if (field(req, 'StreamError') !== null) listener.onStreamError(call.callId);
        if (field(req, 'CallStatus') !== null) listener.onStatus(call, statusOf(req));
      }),
    };
  }

  #answering(decide: (req: Request) => Promise<string>): RequestHandler {
    const answer = async (req: Request, res: Response): Promise<void> => {
      const twiml = await decide(req).catch((error: unknown) => {
        this.#options.onBug(error);
        return this.#options.twiml(NOBODY, 'apologise');
      });
      res.type('text/xml').send(twiml);
    };
    return (req, res) => void answer(req, res);
  }

  /** For reports: Twilio asks nothing. */
  #taking(take: (req: Request) => void): RequestHandler {
    return (req, res) => {
      try {
        take(req);
      } catch (error) {
        this.#options.onBug(error);
      }
      res.type('text/xml').send(NO_TWIML);
    };
  }

  /** null, and counted, where the form names no call, or one of another account. */
  #sidOf(req: Request): string | null {
    const { accountSid } = this.#options;
    const sid = sidOf(req);
    if (sid === null) return this.#malformed('no usable CallSid');
    const isForeign = accountSid !== '' && field(req, 'AccountSid') !== accountSid;
    return isForeign ? this.#malformed('not our AccountSid') : sid;
  }

  #callOf(req: Request): NamedCall | null {
    const sid = this.#sidOf(req);
    return sid === null ? null : { callId: outboundIdOf(req) ?? inboundIdOf(sid), sid };
  }

  #outboundOf(req: Request): NamedCall | null {
    const sid = this.#sidOf(req);
    if (sid === null) return null;
    const callId = outboundIdOf(req);
    return callId === null ? this.#malformed('no call of ours in the address') : { callId, sid };
  }

  #malformed(detail: string): null {
    this.#options.onRefused('webhook-malformed', detail);
    return null;
  }
}

function factsOf({ callId, sid }: NamedCall): Pick<CallFacts, 'id' | 'carrier'> {
  return { id: callId, carrier: { sid } };
}
