// A signed sample to a callback URL, from a whole relay.
import { createServer } from 'node:http';
import { describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { verifyCallback } from '../../src/outbound/callbacks/callback-signature.ts';
import { aReceiver } from '../support/callback-receiver.ts';
import { TOKEN } from '../support/calling-out.ts';
import { listen } from '../support/listen.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const SECRET = 'callback-secret';

async function stage(test: TestContext, env: Readonly<Record<string, string>>) {
  const { relayUrl } = await quickSandbox(test, { env: { OPERATOR_TOKEN: TOKEN, ...env } });
  return async (url: string, token = TOKEN) => {
    const answer = await fetch(`${relayUrl}/callbacks/sample`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    });
    const body: unknown = await answer.json();
    return { status: answer.status, body };
  };
}

describe('POST /callbacks/sample', () => {
  it('posts one that the receiver can verify, and tells that it was taken', async (test) => {
    const { url, received } = await aReceiver(test);
    const send = await stage(test, { CALLBACK_SECRET: SECRET, CALLBACK_ALLOW_PRIVATE: '1' });
    const { status, body } = await send(url);
    expect([status, body]).toEqual([200, { is: 'delivered', problem: null, tookMs: expect.any(Number) }]);
    const [{ headers, body: sample } = { headers: {}, body: '' }, ...more] = received;
    expect(more).toEqual([]);
    const { id } = z
      .strictObject({ id: z.uuid(), type: z.literal('sample'), at: z.iso.datetime() })
      .parse(JSON.parse(sample));
    expect(headers['patchcord-id']).toBe(id);
    const signature = String(headers['patchcord-signature']);
    expect(verifyCallback(SECRET, signature, sample, Date.now() / 1000)).toBe(true);
  });

  it('reaches no private address and nothing without https, as callbacks of calls do not', async (test) => {
    let connections = 0;
    const server = createServer().on('connection', () => connections++);
    test.onTestFinished(() => void server.close());
    const port = await listen(server);
    const send = await stage(test, { CALLBACK_SECRET: SECRET });
    for (const [url, problem] of [
      [`https://127.0.0.1:${port}/`, 'PRIVATE_ADDRESS'],
      [`https://localhost:${port}/`, 'PRIVATE_ADDRESS'],
      [`https://[::1]:${port}/`, 'PRIVATE_ADDRESS'],
      [`http://127.0.0.1:${port}/`, 'NOT_HTTPS'],
    ] as const)
      expect(await send(url)).toMatchObject({ status: 200, body: { is: 'failed', problem } });
    expect(connections).toBe(0);
    for (const url of ['javascript:alert(1)', 'https://me:secret@crm.example/', 'no url'])
      expect(await send(url)).toMatchObject({ status: 422, body: { error: { field: 'url' } } });
  });

  it('goes one at a time, and tells what the receiver answered', async (test) => {
    const arrived = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    const server = createServer((req, res) => {
      req.resume();
      arrived.resolve();
      void mayAnswer.promise.then(() => res.writeHead(401).end());
    });
    test.onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const send = await stage(test, { CALLBACK_SECRET: SECRET, CALLBACK_ALLOW_PRIVATE: '1' });
    const first = send(url);
    await arrived.promise;
    expect(await send(url)).toMatchObject({ status: 503, body: { error: { code: 'busy' } } });
    mayAnswer.resolve();
    expect(await first).toMatchObject({ status: 200, body: { is: 'failed', problem: '401' } });
  });

  it('needs the token, and a secret to sign with', async (test) => {
    const send = await stage(test, {});
    expect(await send('https://crm.example/', 'wrong')).toMatchObject({ status: 401 });
    expect(await send('https://crm.example/')).toMatchObject({
      status: 422,
      body: { error: { field: 'url', message: expect.stringContaining('CALLBACK_SECRET') } },
    });
  });
});
