// Checks that WEBHOOK_URL leads to this relay, as Twilio uses it: health page, webhook, stream upgrade. Unsigned requests
// must fail and signed ones must pass: if our signature is accepted, the running relay has the same token and address. No
// request here begins a call.
import { randomBytes } from 'node:crypto';
import twilio from 'twilio';
import { fieldsOf, parsedJson } from '../../call/json.ts';
import { PATHS, phoneUrls } from '../../phone/urls.ts';
import { type Asked, askOver, upgradeOver } from './far-address.ts';
import type { Finding } from '../../call/check.ts';
import { fine, unknown, wrong } from './finding.ts';

export interface PublicUrlCheck {
  readonly webhookUrl: string;
  readonly authToken: string;
  readonly accountSid: string;
  readonly port: number;
  /** Twilio's stand-in runs on this machine, so nobody else must reach the address. */
  readonly isTwilioPlayed: boolean;
  readonly reach: (url: string) => string;
}

export async function checkPublicUrl(check: PublicUrlCheck): Promise<Finding> {
  return (
    (await troubleWithHealth(check)) ??
    (await troubleWithWebhooks(check)) ??
    (await troubleWithStream(check)) ??
    fine(`${check.webhookUrl} leads to this relay, which checks signatures`)
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
        ? unknown(`${host} does not resolve, and need not: Twilio's stand-in runs on this machine`)
        : wrong(
            `${host} does not resolve (${asked.code})`,
            'Set WEBHOOK_URL to the current address: a tunnel often gets a new one when it starts.',
          );
    }
    if (/CERT|SIGNED|VERIFY|SSL|TLS/.test(asked.code)) {
      return wrong(
        `${host} has no trusted TLS certificate (${asked.code})`,
        'Twilio would refuse it, too: install a valid certificate from a public authority.',
      );
    }
    return wrong(`${host} does not answer (${asked.code})`, await whatToStart(port));
  }
  if (asked.status >= 300 && asked.status < 400) {
    return wrong(
      `${host} answers with a redirect (${asked.status})`,
      'Set WEBHOOK_URL to the address that it redirects to: Twilio signs the address that it requests.',
    );
  }
  return asked.status === 200
    ? wrong(
        `something else answers at ${webhookUrl}/health`,
        `It is another program, or the tunnel shows a page of its own. ${await whatToStart(port)}`,
      )
    : wrong(`${webhookUrl}/health answers ${asked.status}`, await whatToStart(port));
}

async function troubleWithWebhooks(check: PublicUrlCheck): Promise<Finding | null> {
  const { webhookUrl, authToken, accountSid, reach } = check;
  const form = {
    AccountSid: accountSid,
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    // The relay ignores this status.
    CallStatus: 'initiated',
  };
  const post = (path: string, headers: Record<string, string>): Promise<Asked> =>
    askOver(reach(webhookUrl + path), { method: 'POST', headers, body: new URLSearchParams(form) });

  const unsigned = await post(PATHS.voice, {});
  if (!isStatus(unsigned, 403)) {
    return wrong(
      `an unsigned webhook is answered ${tell(unsigned)}; a relay answers 403`,
      'A proxy or another program answers: find out what serves WEBHOOK_URL.',
    );
  }
  const url = webhookUrl + PATHS.status;
  const signed = await post(PATHS.status, {
    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, url, form),
  });
  if (isStatus(signed, 200)) return null;
  return isStatus(signed, 403)
    ? wrong(
        'the running relay rejects our signature (403)',
        'Its TWILIO_AUTH_TOKEN or WEBHOOK_URL differs from the one set here: make them the same and restart it.',
      )
    : wrong(
        `a signed webhook is answered ${tell(signed)}`,
        'A proxy changes the request: path and form must arrive as they were sent.',
      );
}

async function troubleWithStream({ webhookUrl, authToken, reach }: PublicUrlCheck): Promise<Finding | null> {
  const stream = phoneUrls(webhookUrl).stream('');
  const unsigned = await upgradeOver(reach(stream), {});
  if (isStatus(unsigned, 101)) {
    return wrong(
      'it opens a stream without a signature',
      'A proxy or another program accepts the WebSocket: find out what serves WEBHOOK_URL.',
    );
  }
  const passesOn = 'Let the proxy or tunnel forward WebSocket upgrades with all their headers.';
  if (!isStatus(unsigned, 403))
    return wrong(`the stream's WebSocket is answered ${tell(unsigned)}`, passesOn);
  const signed = await upgradeOver(reach(stream), {
    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, stream, {}),
  });
  if (isStatus(signed, 101)) return null;
  return isStatus(signed, 503)
    ? unknown(
        'the relay is full, so its stream could not be checked',
        'Run this again when there are fewer calls.',
      )
    : wrong(`a signed stream's WebSocket is answered ${tell(signed)}`, passesOn);
}

/** Distinguishes a relay that is not running from a tunnel that does not lead to it. */
async function whatToStart(port: number): Promise<string> {
  const isHere = port !== 0 && isAlive(await askOver(`http://127.0.0.1:${port}/health`));
  return isHere
    ? `A relay runs on port ${port} of this machine, but the address does not lead to it: start the tunnel to that port, or set WEBHOOK_URL to its current address and restart the relay.`
    : 'Start the relay (npm start) and its tunnel in other terminals, or deploy it. Then run this again.';
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
