// Twilio's three questions over HTTP: a call comes in, a stream ended, something happened. Once a request is known to be
// Twilio's it is always answered with 200 and TwiML, whatever breaks on our side: any other answer is a recorded
// "application error" in the caller's ear. Twilio may ask twice, so handlers are idempotent per call.
import express, { type Request, type Response, type Router } from 'express';
import type { CallFacts, CallId, RefusedInput } from '../call/call.ts';
import { webhookSignature } from './signature.ts';
import { type Answer, NO_TWIML, twimlFor } from './twiml.ts';
import { PATHS, phoneUrls } from './urls.ts';

/** Twilio's own are CA and 32 hex digits; only what could do harm as a name is refused. */
const CALL_SID = /^CA[0-9A-Za-z]{1,64}$/;
/** E.164 has 15 digits; a SIP address or a client's name is longer. */
const MAX_PARTY_CHARS = 256;
const MOST_PARAMETERS = 20;
const MAX_PARAMETER_CHARS = 200;

/** Comes late, twice or out of order; nothing may hang on it alone. */
export interface StatusReport {
  readonly callId: CallId;
  readonly callStatus: string | null;
  readonly streamEvent: string | null;
  readonly streamError: string | null;
}

/** What a call comes back from. */
export interface StreamOver {
  /** `in-progress` while the caller is still there. */
  readonly callStatus: string;
  /** What came of a transfer; null where it was none. */
  readonly dialled: 'answered' | 'busy' | 'no-answer' | 'failed' | null;
}

export interface PhoneRoutesOptions {
  readonly authToken: string;
  readonly webhookUrl: string;
  /** Where set, calls of another account are turned away. */
  readonly accountSid?: string;
  readonly onIncoming: (call: CallFacts) => Answer;
  /**
   * A stream ended, or a transfer. Told of the whole call, because the process that took it may be gone.
   */
  readonly onNext: (call: CallFacts, report: StreamOver) => Answer | Promise<Answer>;
  /** Somebody answered the transfer of this call, and hears the answer before they are joined. */
  readonly onTransferAnswered: (callId: CallId) => Answer;
  readonly onStatus: (report: StatusReport) => void;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  /** A handler threw; the caller was told that something is wrong. */
  readonly onBug: (error: unknown) => void;
}

const APOLOGY: Answer = {
  type: 'say-and-hang-up',
  text: 'Sorry, something went wrong on our side. Please call again later.',
};

export function phoneRoutes(options: PhoneRoutesOptions): Router {
  const { accountSid, onIncoming, onNext, onTransferAnswered, onStatus, onRefused, onBug } = options;
  const urls = phoneUrls(options.webhookUrl);
  const router = express.Router();
  const signed = webhookSignature(options);

  /** The call a form is about, or null: then it is malformed, or not of our account. */
  function callOf(req: Request): CallFacts | null {
    const id = field(req, 'CallSid');
    if (id === null || !CALL_SID.test(id)) {
      onRefused('webhook-malformed', 'no usable CallSid');
      return null;
    }
    if (accountSid !== undefined && field(req, 'AccountSid') !== accountSid) {
      onRefused('webhook-malformed', 'not our AccountSid');
      return null;
    }
    return { id, from: party(req, 'From'), to: party(req, 'To'), parameters: parametersOf(req) };
  }

  /** Never rejects. */
  async function answerWith(res: Response, decide: () => Answer | Promise<Answer>): Promise<void> {
    let answer = APOLOGY;
    try {
      answer = await decide();
    } catch (error) {
      onBug(error);
    }
    send(res, answer);
  }

  function send(res: Response, answer: Answer): void {
    res.type('text/xml').send(twimlFor(answer, urls));
  }

  router.post(PATHS.voice, signed, (req, res) => {
    void answerWith(res, () => {
      const call = callOf(req);
      return call === null ? { type: 'busy' } : onIncoming(call);
    });
  });

  router.post(PATHS.next, signed, (req, res) => {
    void answerWith(res, () => {
      const call = callOf(req);
      return call === null
        ? { type: 'hang-up' }
        : onNext(call, { callStatus: field(req, 'CallStatus') ?? '', dialled: dialledOf(req) });
    });
  });

  router.post(PATHS.whisper, signed, (req, res) => {
    void answerWith(res, () => {
      const { call } = req.query;
      return typeof call === 'string' && CALL_SID.test(call) ? onTransferAnswered(call) : { type: 'hang-up' };
    });
  });

  router.post(PATHS.status, signed, (req, res) => {
    try {
      const call = callOf(req);
      if (call !== null) {
        onStatus({
          callId: call.id,
          callStatus: field(req, 'CallStatus'),
          streamEvent: field(req, 'StreamEvent'),
          streamError: field(req, 'StreamError'),
        });
      }
    } catch (error) {
      onBug(error);
    }
    res.type('text/xml').send(NO_TWIML);
  });

  return router;
}

/** The query of the webhook's own URL, which the user of the number wrote there, and which was signed with the rest. */
function parametersOf(req: Request): Record<string, string> {
  const texts = Object.entries(req.query).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(
    texts
      .slice(0, MOST_PARAMETERS)
      .map(([name, value]) => [name.slice(0, MAX_PARAMETER_CHARS), value.slice(0, MAX_PARAMETER_CHARS)]),
  );
}

/** A form field that came exactly once. */
function field(req: Request, name: string): string | null {
  const form: Record<string, unknown> = req.body;
  const value = form[name];
  return typeof value === 'string' ? value : null;
}

function dialledOf(req: Request): StreamOver['dialled'] {
  const status = field(req, 'DialCallStatus');
  switch (status) {
    case null:
      return null;
    // Twilio knows both: `completed` is told once the two have hung up.
    case 'answered':
    case 'completed':
      return 'answered';
    case 'busy':
    case 'no-answer':
      return status;
    default:
      return 'failed';
  }
}

function party(req: Request, name: 'From' | 'To'): string {
  return (field(req, name) ?? '').slice(0, MAX_PARTY_CHARS);
}
