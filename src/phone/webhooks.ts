// Twilio's questions over HTTP: a call comes in, a call out was answered, a stream ended, something happened. Once a
// request is known to be Twilio's it is always answered with 200 and TwiML, whatever breaks on our side: any other answer
// is a recorded "application error" in the caller's ear. Twilio may ask twice, so handlers are idempotent per call.
import express, { type Request, type Response, type Router } from 'express';
import type { CallFacts, CallId, RefusedInput } from '../call/call.ts';
import { inboundIdOf } from '../call/call-id.ts';
import { webhookSignature } from './signature.ts';
import { type Answer, NO_TWIML, twimlFor } from './twiml.ts';
import { PATHS, phoneUrls } from './urls.ts';
import {
  countOf,
  dialledOf,
  field,
  type MachineVerdict,
  namedCallOf,
  outboundIdOf,
  parametersOf,
  partiesOf,
  sidOf,
  type StreamOver,
  verdictOf,
} from './webhook-form.ts';

/** A call by our ID and by Twilio's CallSid. */
interface Named {
  readonly callId: CallId;
  readonly sid: string;
}

/** Comes late, twice or out of order; nothing may hang on it alone. */
export interface StatusReport extends Named {
  readonly callStatus: string | null;
  /** The order in which things happened, whatever the order in which they are told. */
  readonly sequenceNumber: number | null;
  /** What the network of the callee answered, as 486 for busy. */
  readonly sipResponseCode: number | null;
  readonly streamEvent: string | null;
  readonly streamError: string | null;
}

/** Somebody or something has answered a call out. */
export interface AnsweredCall extends Named {
  readonly from: string;
  readonly to: string;
}

export interface PhoneRoutesOptions {
  readonly authToken: string;
  readonly webhookUrl: string;
  /** Where set, calls of another account are turned away. */
  readonly accountSid?: string;
  readonly onIncoming: (call: CallFacts) => Answer;
  /** A call out was answered: it is the first that is heard of it, where placing it broke. */
  readonly onAnswered: (call: AnsweredCall) => Answer | Promise<Answer>;
  /** Who or what answered a call out; comes while the call goes on, or when it is over already. */
  readonly onMachine: (verdict: Named & MachineVerdict) => void;
  /**
   * A stream ended, or a transfer. Told of the whole call, because the process that took it may be gone. Of a call out the
   * form knows no more than its parties.
   */
  readonly onNext: (
    call: CallFacts,
    report: StreamOver & { readonly sid: string },
  ) => Answer | Promise<Answer>;
  /** Somebody answered the transfer of this call, and hears the answer before they are joined. */
  readonly onTransferAnswered: (callId: CallId) => Answer | Promise<Answer>;
  readonly onStatus: (report: StatusReport) => void;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  /** A handler threw; the caller was told that something is wrong. */
  readonly onBug: (error: unknown) => void;
}

const APOLOGY: Answer = {
  type: 'say-and-hang-up',
  text: 'Sorry, something went wrong on our side. Please call again later.',
};
const HANG_UP: Answer = { type: 'hang-up' };

export function phoneRoutes(options: PhoneRoutesOptions): Router {
  const { accountSid, onRefused, onBug } = options;
  const urls = phoneUrls(options.webhookUrl);
  const apology = twimlFor(APOLOGY, urls);
  const router = express.Router();
  const signed = webhookSignature(options);

  function malformed(detail: string): null {
    onRefused('webhook-malformed', detail);
    return null;
  }

  /** The call that a form is about, or null: then it is malformed, or not of our account. */
  function sidOfOurs(req: Request): string | null {
    const sid = sidOf(req);
    if (sid === null) return malformed('no usable CallSid');
    if (accountSid !== undefined && field(req, 'AccountSid') !== accountSid) {
      return malformed('not our AccountSid');
    }
    return sid;
  }

  function named(req: Request): Named | null {
    const sid = sidOfOurs(req);
    return sid === null ? null : { callId: outboundIdOf(req) ?? inboundIdOf(sid), sid };
  }

  /** As `named`, where only a call out can be meant. */
  function namedOut(req: Request): Named | null {
    const sid = sidOfOurs(req);
    const callId = outboundIdOf(req);
    if (sid === null) return null;
    return callId === null ? malformed('no call of ours in the address') : { callId, sid };
  }

  /** Never rejects. */
  async function answerWith(res: Response, decide: () => Answer | Promise<Answer>): Promise<void> {
    let twiml: string;
    try {
      twiml = twimlFor(await decide(), urls);
    } catch (error) {
      onBug(error);
      twiml = apology;
    }
    res.type('text/xml').send(twiml);
  }

  /** For what Twilio only tells. */
  function take(res: Response, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      onBug(error);
    }
    res.type('text/xml').send(NO_TWIML);
  }

  router.post(PATHS.voice, signed, (req, res) => {
    void answerWith(res, () => {
      const sid = sidOfOurs(req);
      if (sid === null) return { type: 'busy' };
      const facts = { id: inboundIdOf(sid), carrier: { sid }, ...partiesOf(req) };
      return options.onIncoming({ ...facts, parameters: parametersOf(req) });
    });
  });

  router.post(PATHS.outgoing, signed, (req, res) => {
    void answerWith(res, () => {
      const call = namedOut(req);
      return call === null ? HANG_UP : options.onAnswered({ ...call, ...partiesOf(req) });
    });
  });

  router.post(PATHS.next, signed, (req, res) => {
    void answerWith(res, () => {
      const call = named(req);
      if (call === null) return HANG_UP;
      return options.onNext(
        { id: call.callId, carrier: { sid: call.sid }, ...partiesOf(req), parameters: {} },
        { sid: call.sid, callStatus: field(req, 'CallStatus') ?? '', dialled: dialledOf(req) },
      );
    });
  });

  router.post(PATHS.whisper, signed, (req, res) => {
    void answerWith(res, () => {
      const callId = namedCallOf(req);
      return callId === null ? HANG_UP : options.onTransferAnswered(callId);
    });
  });

  router.post(PATHS.machine, signed, (req, res) => {
    take(res, () => {
      const call = namedOut(req);
      if (call !== null) options.onMachine({ ...call, ...verdictOf(req) });
    });
  });

  router.post(PATHS.status, signed, (req, res) => {
    take(res, () => {
      const call = named(req);
      if (call === null) return;
      options.onStatus({
        ...call,
        callStatus: field(req, 'CallStatus'),
        sequenceNumber: countOf(req, 'SequenceNumber', 9),
        sipResponseCode: countOf(req, 'SipResponseCode', 3),
        streamEvent: field(req, 'StreamEvent'),
        streamError: field(req, 'StreamError'),
      });
    });
  });

  return router;
}
