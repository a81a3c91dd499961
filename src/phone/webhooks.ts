// Twilio's questions over HTTP: a call comes in, an outbound call is answered, a stream ended, something happened. A signed
// request is always answered with 200 and TwiML, whatever breaks here: anything else is a recorded "application error" in
// the caller's ear.
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { CallFacts, NextStep, RefusedInput, TransferOutcome } from '../call/call.ts';
import { inboundIdOf } from '../call/call-id.ts';
import type { NamedCall, PhoneListener } from './phone-listener.ts';
import { webhookSignature } from './signature.ts';
import { NO_TWIML, whisperTwiml } from './twiml.ts';
import { PATHS, RETRIES } from './urls.ts';
import type { WebhookLog } from './webhook-log.ts';
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
  readonly log: WebhookLog;
  /** `again`: where Twilio asks again, instead of what is next. `first`: a call that comes in. */
  readonly twiml: (
    call: Pick<CallFacts, 'id' | 'carrier' | 'from'>,
    step: NextStep,
    again?: string,
    first?: CallFacts,
  ) => string;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** Twilio asks again within 15 s: more calls than one process carries then begin or change. */
const MOST_ANSWERS = 1_000;
const MAX_TOKEN_CHARS = 100;

/** What a malformed request is about. Its answer must fit every question. */
const NOBODY = { id: '', carrier: null, from: '' };

export function phoneRoutes(options: PhoneRoutesOptions): Router {
  const router = express.Router();
  const { log } = options;
  const signed = webhookSignature({
    ...options,
    onRefused: (kind, detail, req) => {
      log.noteRefusal(req, kind, detail);
      options.onRefused(kind, detail);
    },
  });
  for (const [path, handle] of Object.entries(new Webhooks(options).handlers))
    router.post(path, log.watch(path), signed, handle);
  return router;
}

class Webhooks {
  readonly #options: PhoneRoutesOptions;
  /** By Twilio's token: R8. */
  readonly #answers = new Map<string, Promise<string>>();

  constructor(options: PhoneRoutesOptions) {
    this.#options = options;
  }

  get handlers(): Readonly<Record<string, RequestHandler>> {
    const { listener, twiml, webhookUrl } = this.#options;
    // What came of a transfer is in this form only, so the address brings it along.
    const againAt = (req: Request, transfer: TransferOutcome | null = null): string => {
      const tail =
        transfer === null ? '' : `${req.originalUrl.includes('?') ? '&' : '?'}transfer=${transfer}`;
      const hasIt = req.query['transfer'] !== undefined;
      return `${webhookUrl}${req.originalUrl}${hasIt ? '' : tail}${RETRIES}`;
    };
    const hangUp = twiml(NOBODY, 'hang-up');
    return {
      [PATHS.voice]: this.#answering(async (req) => {
        const sid = this.#sidOf(req);
        if (sid === null) return twiml(NOBODY, 'busy');
        const call: CallFacts = {
          id: inboundIdOf(sid),
          carrier: { sid },
          ...partiesOf(req),
          ...callerProofOf(req),
          parameters: parametersOf(req),
        };
        return twiml(call, await listener.onIncoming(call), againAt(req), call);
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
        const transfer = transferOutcomeOf(req);
        const step = await listener.onNext(call, statusOf(req), transfer);
        return twiml(call, step, againAt(req, transfer));
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
    const decided = (req: Request): Promise<string> =>
      decide(req).catch((error: unknown) => {
        this.#options.onBug(error);
        return this.#options.twiml(NOBODY, 'apologise');
      });
    const answer = async (req: Request, res: Response): Promise<void> => {
      const twiml = await this.#once(req, () => decided(req));
      this.#options.log.noteAnswer(req, twiml);
      res.type('text/xml').send(twiml);
    };
    return (req, res) => void answer(req, res);
  }

  /** R8: Twilio asks again when an answer did not reach it, and gets the same one; nothing is done twice. */
  #once(req: Request, decide: () => Promise<string>): Promise<string> {
    const token = req.get('i-twilio-idempotency-token');
    if (token === undefined) return decide();
    const key = `${req.originalUrl} ${token.slice(0, MAX_TOKEN_CHARS)}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = decide();
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  /** For reports: Twilio asks nothing. */
  #taking(take: (req: Request) => void): RequestHandler {
    return this.#answering(async (req) => {
      try {
        take(req);
      } catch (error) {
        this.#options.onBug(error);
      }
      return NO_TWIML;
    });
  }

  /** null, and counted, where the form names no call, or one of another account. */
  #sidOf(req: Request): string | null {
    const { accountSid } = this.#options;
    const sid = sidOf(req);
    if (sid === null) return this.#malformed(req, 'no usable CallSid');
    const isForeign = accountSid !== '' && field(req, 'AccountSid') !== accountSid;
    return isForeign ? this.#malformed(req, 'not our AccountSid') : sid;
  }

  #callOf(req: Request): NamedCall | null {
    const sid = this.#sidOf(req);
    return sid === null ? null : { callId: outboundIdOf(req) ?? inboundIdOf(sid), sid };
  }

  #outboundOf(req: Request): NamedCall | null {
    const sid = this.#sidOf(req);
    if (sid === null) return null;
    const callId = outboundIdOf(req);
    return callId === null ? this.#malformed(req, 'no call of ours in the address') : { callId, sid };
  }

  #malformed(req: Request, detail: string): null {
    this.#options.log.noteRefusal(req, 'webhook-malformed', detail);
    this.#options.onRefused('webhook-malformed', detail);
    return null;
  }
}

function factsOf({ callId, sid }: NamedCall): Pick<CallFacts, 'id' | 'carrier'> {
  return { id: callId, carrier: { sid } };
}
