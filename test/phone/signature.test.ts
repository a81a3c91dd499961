import { createServer, request, type Server } from 'node:http';
import express from 'express';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import type { RefusedInput } from '../../src/call/call.ts';
import { webhookSignature } from '../../src/phone/signature.ts';
import { listen } from '../support/listen.ts';

const TOKEN = '12345';
const BASE = 'https://example.com';

// The vendor's own example: https://www.twilio.com/docs/usage/webhooks/webhooks-security
const VENDOR_PATH = '/myapp.php?foo=1&bar=2';
const VENDOR_FORM = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675310',
  Digits: '1234',
  From: '+14158675310',
  To: '+18005551212',
};
const VENDOR_SIGNATURE = 'L/OH5YylLD5NRKLltdqwSvS0BnU=';

const servers: Server[] = [];

async function stage(webhookUrl = BASE, sharedKeys: readonly string[] = []) {
  const refused: RefusedInput[] = [];
  const details: string[] = [];
  const app = express();
  app.use(
    webhookSignature({
      authToken: TOKEN,
      sharedKeys,
      webhookUrl,
      onRefused: (kind, detail) => {
        refused.push(kind);
        details.push(detail);
      },
    }),
    (req, res) => {
      res.json(req.body);
    },
  );
  const server = createServer(app);
  servers.push(server);
  const port = await listen(server);

  function post(path: string, body: string, headers: Record<string, string>) {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const type = 'application/x-www-form-urlencoded';
    const options = { port, path, method: 'POST', headers: { 'content-type': type, ...headers } };
    const req = request({ host: '127.0.0.1', ...options }, (res) => {
      let text = '';
      res.on('data', (chunk) => (text += String(chunk)));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }));
    });
    req.on('error', reject);
    req.end(body);
    return promise;
  }
  return { refused, details, post };
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const vendorBody = String(new URLSearchParams(VENDOR_FORM));
const signed = { 'x-twilio-signature': VENDOR_SIGNATURE };

describe('[O1] a webhook', () => {
  it("passes with the vendor's own signature, its form parsed", async () => {
    const { post, refused } = await stage();
    const answer = await post(VENDOR_PATH, vendorBody, signed);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(VENDOR_FORM);
    expect(refused).toEqual([]);
  });

  it.each([
    ['no signature', VENDOR_PATH, vendorBody, {}],
    ['another signature', VENDOR_PATH, vendorBody, { 'x-twilio-signature': 'L/OH5YylLD5NRKLltdqwSvS0BnV=' }],
    ['another query', '/myapp.php?foo=1&bar=3', vendorBody, signed],
    ['another path', '/voice?foo=1&bar=2', vendorBody, signed],
    ['a parameter changed', VENDOR_PATH, vendorBody.replace('1234', '1235'), signed],
    ['a parameter more', VENDOR_PATH, `${vendorBody}&Admin=1`, signed],
    ['no parameters', VENDOR_PATH, '', signed],
  ])('gets 403 with %s', async (_, path, body, headers) => {
    const { post, refused } = await stage();
    expect(await post(path, body, headers)).toEqual({ status: 403, body: '' });
    expect(refused).toEqual(['webhook-unsigned']);
  });

  it('is checked against the configured address alone, whatever its headers say', async () => {
    const { post } = await stage();
    const elsewhere = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '8080',
    };
    expect((await post(VENDOR_PATH, vendorBody, { ...signed, ...elsewhere })).status).toBe(200);
    const signature = twilio.getExpectedTwilioSignature(TOKEN, `https://evil.example/voice`, VENDOR_FORM);
    const forged = { 'x-twilio-signature': signature, ...elsewhere };
    expect((await post('/voice', vendorBody, forged)).status).toBe(403);
  });

  it('may carry parameters that are empty, repeated, foreign, spaced or bracketed', async () => {
    const { post } = await stage();
    const form = { Empty: '', City: 'NEW  YORK ', Name: 'Jörg & Søn', 'a[b]': '1', Media: ['y', 'x'] };
    const body = 'Empty=&City=NEW++YORK+&Name=J%C3%B6rg+%26+S%C3%B8n&a%5Bb%5D=1&Media=y&Media=x';
    const signature = twilio.getExpectedTwilioSignature(TOKEN, `${BASE}/voice`, form);
    const answer = await post('/voice', body, { 'x-twilio-signature': signature });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(form);
  });

  it('gets 415 if it is no form', async () => {
    const { post, refused } = await stage();
    const answer = await post(VENDOR_PATH, '{}', { ...signed, 'content-type': 'application/json' });
    expect(answer.status).toBe(415);
    expect(refused).toEqual(['webhook-malformed']);
  });

  it('is not read to its end if it is huge', async () => {
    const { post, refused } = await stage();
    const answer = await post(VENDOR_PATH, `a=${'x'.repeat(100_000)}`, signed);
    expect(answer).toEqual({ status: 400, body: '' });
    expect(refused).toEqual(['webhook-malformed']);
  });

  it('never causes a 500, even with an address that is none', async () => {
    const { post } = await stage('no address');
    expect(await post('/voice', vendorBody, signed)).toEqual({ status: 403, body: '' });
  });
});

// The vendor's own example again, with the SharedKey `12345`.
const SHARED_KEY_SIGNATURE = 'qMztBq0IANMH/q0K9sCfKQJLylezvRdRzRS647SAVow=';
const SETTINGS = 'key=webhooks_sharedkey_1,algorithm=HMAC_SHA256';

describe('[O1] a webhook signed with a SharedKey', () => {
  const send = (signature: string, settings: string) => ({
    'x-twilio-signature': signature,
    'x-twilio-webhooks-signature-settings': settings,
  });

  it.for([
    ['SHA-256', SHARED_KEY_SIGNATURE, SETTINGS],
    ['SHA-1', VENDOR_SIGNATURE, 'key=webhooks_sharedkey_1, algorithm=HMAC_SHA1'],
    ['SHA-1 where no algorithm is named', VENDOR_SIGNATURE, 'key=webhooks_sharedkey_1'],
  ] as const)('passes with %s', async ([, signature, settings]) => {
    const { post, refused } = await stage(BASE, ['the-next-key', '12345']);
    expect((await post(VENDOR_PATH, vendorBody, send(signature, settings))).status).toBe(200);
    expect(refused).toEqual([]);
  });

  it.for([
    ['another key', ['54321'], SHARED_KEY_SIGNATURE, SETTINGS],
    ['an unknown algorithm', ['12345'], SHARED_KEY_SIGNATURE, 'algorithm=HMAC_SHA512'],
    ['the name of an object property as algorithm', ['12345'], SHARED_KEY_SIGNATURE, 'algorithm=constructor'],
    ['the other algorithm', ['12345'], VENDOR_SIGNATURE, SETTINGS],
    ["the auth token's signature", ['54321'], VENDOR_SIGNATURE, 'key=webhooks_sharedkey_1'],
  ] as const)('gets 403 with %s', async ([, sharedKeys, signature, settings]) => {
    const { post, refused } = await stage(BASE, sharedKeys);
    expect((await post(VENDOR_PATH, vendorBody, send(signature, settings))).status).toBe(403);
    expect(refused).toEqual(['webhook-unsigned']);
  });

  it('gets 403 without a secret here, and the log names the header and the variable', async () => {
    const { post, details } = await stage();
    expect((await post(VENDOR_PATH, vendorBody, send(SHARED_KEY_SIGNATURE, SETTINGS))).status).toBe(403);
    expect(details).toEqual(['x-twilio-webhooks-signature-settings: set TWILIO_SHARED_KEY_SECRET']);
  });
});
