// The one piece of Twilio's REST API that the relay uses: ending a call. Answers as Twilio does, errors included, so
// that the `twilio` package is what is tested against it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Ends the call; false where it is not in progress. */
  readonly endCall: (callSid: string) => boolean;
}

const CALL_PATH = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls\/([^/]+)\.json$/;

export function twilioRest({ accountSid, authToken, endCall }: TwilioRestOptions): Server {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    const [, account, callSid] = CALL_PATH.exec(req.url ?? '') ?? [];
    if (req.headers.authorization !== authorization) return fail(res, 401, 20003, 'Authenticate');
    if (req.method !== 'POST' || account !== accountSid || callSid === undefined) {
      return fail(res, 404, 20404, `${req.method} ${req.url} was not found`);
    }
    if (body !== 'Status=completed')
      return fail(res, 400, 21218, `only Status=completed is known, not ${body}`);
    if (!endCall(callSid)) return fail(res, 400, 21220, 'Call is not in-progress. Cannot redirect.');
    reply(res, 200, { sid: callSid, account_sid: accountSid, status: 'completed', direction: 'inbound' });
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
