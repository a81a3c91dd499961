// What of Twilio's REST API the relay uses on calls: placing one, looking at it, ending it, and giving it other
// instructions. Answers as Twilio does, errors included, so that the `twilio` package is what is tested against it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TwilioCall } from './call.ts';
import { type CallDocument, documentOf } from './call-document.ts';
import { type CallOrder, readOrder } from './call-order.ts';
import type { RestAnswer, SandboxAccount } from './numbers.ts';

/** What goes wrong with requests; each is over once it has struck. May be set at any time. */
export interface RestFaults {
  /** So many of the next requests are taken, not carried out, and never answered. */
  hangNext: number;
  /** The next is not carried out, and answered with this HTTP status and a page that is not Twilio's. */
  failNext: number | null;
  /** The next is refused with this error number of Twilio's; 20429 as one too many. */
  refuseNext: number | null;
  /** So many of the next are carried out, and their connection breaks before the answer. */
  dropNext: number;
  /** So many of the next changes of a phone number are carried out, and their connection breaks before the answer. */
  dropNextChange: number;
}

export function noRestFaults(): RestFaults {
  return { hangNext: 0, failNext: null, refuseNext: null, dropNext: 0, dropNextChange: 0 };
}

function strikes(faults: RestFaults, fault: 'hangNext' | 'dropNext' | 'dropNextChange'): boolean {
  if (faults[fault] === 0) return false;
  faults[fault]--;
  return true;
}

export interface TwilioRestOptions {
  readonly authToken: string;
  /** The account and its phone numbers. */
  readonly account: SandboxAccount;
  readonly faults: RestFaults;
  readonly place: (order: CallOrder) => CallDocument;
  /** The call while it lasts; undefined afterwards. */
  readonly call: (callSid: string) => TwilioCall | undefined;
  /** What is on file of a call that is over. */
  readonly past: (callSid: string) => CallDocument | undefined;
}

const MAX_TWIML_CHARS = 4000;
const CALLS_PATH = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls(?:\/([^/?]+))?\.json(?:\?(.*))?$/;
/** The HTTP status of an error number, where it is not 400. */
const STATUSES: Readonly<Record<number, number>> = { 20003: 401, 20404: 404, 20429: 429 };

export function twilioRest(options: TwilioRestOptions): Server {
  const { authToken, account, faults } = options;
  const authorization = `Basic ${Buffer.from(`${account.sid}:${authToken}`).toString('base64')}`;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    const [method, url] = [req.method ?? '', req.url ?? ''];
    if (req.headers.authorization !== authorization) return reply(res, refusal(20003, 'Authenticate'));
    const [, accountSid, callSid, query] = CALLS_PATH.exec(url) ?? [];
    if (accountSid !== account.sid) {
      const answered = account.answer(method, url, body) ?? refusal(20404, `${url} was not found`);
      if (method === 'POST' && strikes(faults, 'dropNextChange')) res.destroy();
      else reply(res, answered);
      return;
    }
    if (strikes(faults, 'hangNext')) return;
    const { failNext, refuseNext } = faults;
    if (failNext !== null) {
      faults.failNext = null;
      res.writeHead(failNext, { 'content-type': 'text/html' }).end('<h1>Something went wrong</h1>');
      return;
    }
    if (refuseNext !== null) {
      faults.refuseNext = null;
      return reply(res, refusal(refuseNext, 'The sandbox was told to refuse.'));
    }
    const carriedOut = aboutCalls(method, callSid, new URLSearchParams(method === 'GET' ? query : body));
    if (strikes(faults, 'dropNext')) res.destroy();
    else reply(res, carriedOut);
  }

  function aboutCalls(method: string, callSid: string | undefined, form: URLSearchParams): RestAnswer {
    if (callSid === undefined) {
      return method === 'POST' ? place(form) : legsOf(form);
    }
    const call = options.call(callSid);
    const document = call === undefined ? options.past(callSid) : documentOf(call);
    if (document === undefined) return refusal(20404, `The requested resource ${callSid} was not found`);
    if (method === 'GET') return { status: 200, document };
    return method === 'POST' ? update(call, form) : refusal(20004, 'Method not allowed');
  }

  function place(form: URLSearchParams): RestAnswer {
    const owns = (number: string): boolean => account.owns(number);
    const order = readOrder(form, owns);
    return 'code' in order
      ? refusal(order.code, order.message)
      : { status: 201, document: options.place(order) };
  }

  /** `call` is undefined where it is over. */
  function update(call: TwilioCall | undefined, form: URLSearchParams): RestAnswer {
    const [status, twiml] = [form.get('Status'), form.get('Twiml')];
    if (form.size !== 1 || (status === null && twiml === null)) {
      return refusal(20001, `only Status or Twiml are known, not ${[...form.keys()].join()}`);
    }
    if (status !== null && status !== 'completed' && status !== 'canceled') {
      return refusal(20001, `${status} is no status that can be asked for`);
    }
    if (twiml === '' || (twiml ?? '').length > MAX_TWIML_CHARS) {
      return refusal(20001, 'Twiml is empty or too long');
    }
    // Ending ends also what only rings; giving up does not end what is in progress.
    const isInProgress = call?.status === 'in-progress';
    if (call === undefined || (status !== 'completed' && isInProgress !== (twiml !== null))) {
      return refusal(21220, 'Call is not in-progress. Cannot redirect.');
    }
    if (twiml === null) call.end({ how: 'relay-hung-up' });
    else call.redirect(twiml);
    return { status: 200, document: documentOf(call) };
  }

  return createServer((req, res) => {
    answer(req, res).catch(() => res.destroy());
  });
}

/** A transferred leg is none of the sandbox's calls, so no call has another leg. */
function legsOf(query: URLSearchParams): RestAnswer {
  if (query.get('ParentCallSid') === null) return refusal(20004, 'the sandbox lists only the legs of a call');
  const page = { page: 0, page_size: 50, start: 0, end: 0, next_page_uri: null, previous_page_uri: null };
  return { status: 200, document: { calls: [], ...page, uri: '', first_page_uri: '' } };
}

function refusal(code: number, message: string): RestAnswer {
  const status = STATUSES[code] ?? 400;
  return {
    status,
    document: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
  };
}

function reply(res: ServerResponse, { status, document }: RestAnswer): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}
