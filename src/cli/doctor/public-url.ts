// Whether WEBHOOK_URL leads to this relay, by the ways that Twilio takes: the health page, a webhook, the stream's
// upgrade. Each lock is tried without the key, which must fail, and with it, which must not; that a signature made with
// our token is taken proves that token and address are the running relay's own. Nothing asked here begins a call.
import { randomBytes } from 'node:crypto';
import twilio from 'twilio';
import { fieldsOf, parsedJson } from '../../call/json.ts';
import { PATHS, phoneUrls } from '../../phone/urls.ts';
import { type Asked, askOver, upgradeOver } from './far-address.ts';
import { fine, type Finding, unknown, wrong } from './finding.ts';

export interface PublicUrlCheck {
  readonly webhookUrl: string;
  readonly authToken: string;
  /** '' where none is set. */
  readonly accountSid: string;
  /** Where a relay on this machine would listen. */
  readonly port: number;
  /** Twilio is played on this machine, so that nobody else has to reach the address. */
  readonly isTwilioPlayed: boolean;
  /** Where a public URL really leads: the sandbox's public address is known to nobody else. */
  readonly reach: (url: string) => string;
}

export async function checkPublicUrl(check: PublicUrlCheck): Promise<Finding> {
  return (
    (await troubleWithHealth(check)) ??
    (await troubleWithWebhooks(check)) ??
    (await troubleWithStream(check)) ??
    fine(`${check.webhookUrl} leads to this relay; webhooks and stream know their signatures`)
  );
}

async function troubleWithHealth({
  webhookUrl,
  port,
  isTwilioPlayed,
  reach,
}: PublicUrlCheck): Promise<Finding | null> {
  const asked = await askOver(reach(`${webhookUrl}/health`));
  if (isAlive(asked)) return null;
  const { host } = new URL(webhookUrl);
  if ('code' in asked) {
    if (/^(ENOTFOUND|EAI_AGAIN)$/.test(asked.code)) {
      return isTwilioPlayed
        ? unknown(`${host} does not resolve, and need not: Twilio is played on this machine`)
        : wrong(
            `${host} does not resolve (${asked.code})`,
            'Set WEBHOOK_URL to the present address of the tunnel or host: a tunnel that is started anew often has another.',
          );
    }
    if (/CERT|SIGNED|VERIFY|SSL|TLS/.test(asked.code)) {
      return wrong(
        `${host} has no TLS that can be trusted (${asked.code})`,
        'Twilio would not trust it either: it needs a certificate of a public authority that is valid now.',
      );
    }
    return wrong(`${host} does not answer (${asked.code})`, await whatToStart(port));
  }
  if (asked.status >= 300 && asked.status < 400) {
    return wrong(
      `${host} answers with a redirect (${asked.status})`,
      'Set WEBHOOK_URL to the address it leads to: Twilio signs the address it asks.',
    );
  }
  return asked.status === 200
    ? wrong(
        `something else answers at ${webhookUrl}/health`,
        `It is no relay, or a page of the tunnel stands before it. ${await whatToStart(port)}`,
      )
    : wrong(`${webhookUrl}/health answers ${asked.status}`, await whatToStart(port));
}

async function troubleWithWebhooks(check: PublicUrlCheck): Promise<Finding | null> {
  const { webhookUrl, authToken, accountSid, reach } = check;
  const form = {
    AccountSid: accountSid,
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    // Neither a beginning nor an end, so the relay does nothing about it.
    CallStatus: 'initiated',
  };
  const post = (path: string, headers: Record<string, string>): Promise<Asked> =>
    askOver(reach(webhookUrl + path), { method: 'POST', headers, body: new URLSearchParams(form) });

  const unsigned = await post(PATHS.voice, {});
  if (!isStatus(unsigned, 403)) {
    return wrong(
      `an unsigned webhook is answered ${tell(unsigned)}, where a relay refuses with 403`,
      'Something between answers in its place, or it is another program: see what serves WEBHOOK_URL.',
    );
  }
  const url = webhookUrl + PATHS.status;
  const signed = await post(PATHS.status, {
    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, url, form),
  });
  if (isStatus(signed, 200)) return null;
  return isStatus(signed, 403)
    ? wrong(
        'the running relay does not take our signature (403)',
        'It runs with another TWILIO_AUTH_TOKEN or WEBHOOK_URL than is set here: make them the same, and start it again.',
      )
    : wrong(
        `a signed webhook is answered ${tell(signed)}`,
        'Something between changes the request: the path and the form must arrive as they were sent.',
      );
}

async function troubleWithStream({ webhookUrl, authToken, reach }: PublicUrlCheck): Promise<Finding | null> {
  const { stream } = phoneUrls(webhookUrl);
  const unsigned = await upgradeOver(reach(stream), {});
  if (isStatus(unsigned, 101)) {
    return wrong(
      'a stream is opened for anybody',
      'It is another program, or something between accepts WebSockets in its place: see what serves WEBHOOK_URL.',
    );
  }
  const passesOn = 'Let the proxy or tunnel pass WebSocket upgrades on, with all their headers.';
  if (!isStatus(unsigned, 403))
    return wrong(`the stream's WebSocket is answered ${tell(unsigned)}`, passesOn);
  const signed = await upgradeOver(reach(stream), {
    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, stream, {}),
  });
  if (isStatus(signed, 101)) return null;
  return isStatus(signed, 503)
    ? unknown('all but the stream, since the relay is full', 'Run this again when there are fewer calls.')
    : wrong(`a signed stream's WebSocket is answered ${tell(signed)}`, passesOn);
}

/** Tells a relay that is not running from a tunnel that does not lead to it. */
async function whatToStart(port: number): Promise<string> {
  const isHere = port !== 0 && isAlive(await askOver(`http://127.0.0.1:${port}/health`));
  return isHere
    ? `A relay runs on port ${port} of this machine, but the address does not lead to it: start the tunnel to that port, or set WEBHOOK_URL to its present address and start the relay again.`
    : 'Start the relay (npm start) in another terminal, and its tunnel; or deploy it. Then run this again.';
}

function isAlive(asked: Asked): boolean {
  if ('code' in asked || asked.status !== 200) return false;
  return fieldsOf(parsedJson(asked.text))['status'] === 'alive';
}

function isStatus(asked: Asked, status: number): boolean {
  return 'status' in asked && asked.status === status;
}

function tell(asked: Asked): string {
  return 'status' in asked ? `with ${asked.status}` : `with nothing (${asked.code})`;
}
