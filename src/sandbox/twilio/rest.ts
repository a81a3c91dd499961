// What of Twilio's REST API the relay uses on a call in progress: ending it, and giving it other instructions. Answers as
// Twilio does, errors included, so that the `twilio` package is what is tested against it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TwilioCall } from './call.ts';
import type { SandboxAccount } from './numbers.ts';

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** undefined where it is not in progress. */
  readonly callInProgress: (callSid: string) => Pick<TwilioCall, 'end' | 'redirect'> | undefined;
  /** The account and its phone numbers. */
  readonly onFile?: SandboxAccount;
}

const MAX_TWIML_CHARS = 4000;
const CALL_PATH = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls\/([^/]+)\.json$/;

export function twilioRest({ accountSid, authToken, callInProgress, onFile }: TwilioRestOptions): Server {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    const [, account, callSid] = CALL_PATH.exec(req.url ?? '') ?? [];
    if (req.headers.authorization !== authorization) return fail(res, 401, 20003, 'Authenticate');
    const filed = onFile?.answer(req.method ?? '', req.url ?? '', body) ?? null;
    if (filed !== null) return reply(res, filed.status, filed.document);
    if (req.method !== 'POST' || account !== accountSid || callSid === undefined) {
      return fail(res, 404, 20404, `${req.method} ${req.url} was not found`);
    }
    const change = new URLSearchParams(body);
    const twiml = change.get('Twiml') ?? '';
    const isEnd = body === 'Status=completed';
    if (!isEnd && (change.size !== 1 || twiml === ''))
      return fail(
        res,
        400,
        21218,
        `only Status=completed and Twiml are known, not ${[...change.keys()].join()}`,
      );
    if (twiml.length > MAX_TWIML_CHARS) return fail(res, 400, 21218, 'Twiml is too long');
    const call = callInProgress(callSid);
    if (call === undefined) return fail(res, 400, 21220, 'Call is not in-progress. Cannot redirect.');
    if (isEnd) call.end({ how: 'relay-hung-up' });
    else call.redirect(twiml);
    const status = isEnd ? 'completed' : 'in-progress';
    reply(res, 200, { sid: callSid, account_sid: accountSid, status, direction: 'inbound' });
  }

  return createServer((req, res) => {
    answer(req, res).catch(() => res.destroy());
  });
}

function fail(res: ServerResponse, status: number, code: number, message: string): void {
  reply(res, status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });
}

function reply(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
