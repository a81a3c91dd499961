import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import expressWs from 'express-ws';
import twilio from 'twilio';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { CallId, RefusedInput } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { streamWsOptions } from '../../src/phone/upgrade.ts';
import { listen } from '../support/listen.ts';

const TOKEN = 'the-token';
const WEBHOOK_URL = 'https://relay.example';

const servers: Server[] = [];

interface Stage {
  readonly isFull?: boolean;
  readonly isLeaving?: boolean;
  readonly sharedKeys?: readonly string[];
  /** The calls of this process, where there are several; null: it is the only one. */
  readonly here?: readonly CallId[] | null;
}

async function stage({ isFull = false, isLeaving = false, sharedKeys = [], here = null }: Stage = {}) {
  const passedOn: CallId[] = [];
  const refused: RefusedInput[] = [];
  const sockets: unknown[] = [];
  const app = express();
  const server = createServer(app);
  const wsOptions = streamWsOptions({
    authToken: TOKEN,
    sharedKeys,
    webhookUrl: WEBHOOK_URL,
    isFull: () => isFull,
    isLeaving: () => isLeaving,
    hasCall: (callId) => here?.includes(callId) ?? true,
    passOn:
      here === null
        ? null
        : (callId, { socket }) => {
            passedOn.push(callId);
            socket.destroy();
          },
    onRefused: (kind) => refused.push(kind),
  });
  expressWs(app, server, { wsOptions }).app.ws('/media-stream{/*below}', (socket) => {
    sockets.push(socket);
    socket.close(1000);
  });
  servers.push(server);
  const port = await listen(server);

  /** 101 where a socket was given, else the status of the answer; 0 if there was none. */
  async function upgrade(path: string, headers: Record<string, string>): Promise<number> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.on('error', () => resolve(0));
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    const status = await promise;
    socket.terminate();
    return status;
  }
  return { port, refused, sockets, passedOn, upgrade };
}

function signedFor(url: string, token = TOKEN): Record<string, string> {
  return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, {}) };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const CLOSE_FRAME = Buffer.from([0x88, 0x02, 0x03, 0xe8]);
const STREAM = 'wss://relay.example/media-stream';

describe('[O1] the upgrade of a stream', () => {
  it.each([
    ['as documented', STREAM],
    ['with a slash', `${STREAM}/`],
    ['with the port', 'wss://relay.example:443/media-stream'],
    ['with both', 'wss://relay.example:443/media-stream/'],
  ])('gets a socket when the address was signed %s', async (_, url) => {
    const { upgrade, sockets } = await stage();
    expect(await upgrade('/media-stream', signedFor(url))).toBe(101);
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['without a signature', {}],
    ['with an empty one', { 'x-twilio-signature': '' }],
    ['signed for https', signedFor('https://relay.example/media-stream')],
    ['signed for another host', signedFor('wss://evil.example/media-stream')],
    [
      'signed for the host of its own headers',
      { ...signedFor('wss://evil.example/media-stream'), host: 'evil.example' },
    ],
    ['signed with another token', signedFor(STREAM, 'another')],
  ])('gets 403 and no socket %s', async (_, headers) => {
    const { upgrade, refused, sockets } = await stage();
    expect(await upgrade('/media-stream', headers)).toBe(403);
    expect(refused).toEqual(['upgrade-unsigned']);
    expect(sockets).toEqual([]);
  });

  it.for([
    ['the SharedKey', 'the-shared-key', 101],
    ['the auth token', TOKEN, 101],
    ['another key', 'another', 403],
  ] as const)('gets %s checked where the header names a SharedKey', async ([, key, status]) => {
    const { upgrade } = await stage({ sharedKeys: ['the-shared-key'] });
    const headers = {
      'x-twilio-signature': twilio.getExpectedTwilioSignature(key, STREAM, {}),
      'x-twilio-webhooks-signature-settings': 'key=webhooks_sharedkey_1,algorithm=HMAC_SHA1',
    };
    expect(await upgrade('/media-stream', headers)).toBe(status);
  });

  it.each(['/', '/media-stream/more', '/media-stream?token=1', '/media-stream/.websocket', '/voice'])(
    'gets 404 at %s',
    async (path) => {
      const { upgrade, refused, sockets } = await stage();
      expect(await upgrade(path, signedFor(`wss://relay.example${path}`))).toBe(404);
      expect(refused).toEqual(['upgrade-path']);
      expect(sockets).toEqual([]);
    },
  );

  it('[R10] that names its call goes unanswered to the process that has it, but only if it is signed', async () => {
    const [here, elsewhere] = [inboundIdOf('CA1'), inboundIdOf('CA2')];
    const { upgrade, passedOn, sockets } = await stage({ here: [here], isLeaving: false });
    expect(await upgrade(`/media-stream/${here}`, signedFor(`${STREAM}/${here}`))).toBe(101);
    expect(await upgrade(`/media-stream/${elsewhere}`, signedFor(STREAM))).toBe(403);
    expect(await upgrade(`/media-stream/${elsewhere}`, signedFor(`${STREAM}/${here}`))).toBe(403);
    expect(passedOn).toEqual([]);
    expect(await upgrade(`/media-stream/${elsewhere}`, signedFor(`${STREAM}/${elsewhere}`))).toBe(0);
    expect([passedOn, sockets.length]).toEqual([[elsewhere], 1]);
  });

  it('[R5] gets 503 when the streams are full, but only if it is signed', async () => {
    const { upgrade, refused } = await stage({ isFull: true });
    expect(await upgrade('/media-stream', signedFor(STREAM))).toBe(503);
    expect(await upgrade('/media-stream', {})).toBe(403);
    expect(refused).toEqual(['upgrade-full', 'upgrade-unsigned']);
  });

  it('[R6] gets 503 from a process that leaves, so that Twilio asks what is next', async () => {
    const { upgrade, refused, sockets } = await stage({ isLeaving: true });
    expect(await upgrade('/media-stream', signedFor(STREAM))).toBe(503);
    expect(await upgrade('/media-stream', {})).toBe(403);
    expect([refused, sockets]).toEqual([['upgrade-unsigned'], []]);
  });

  it('[R5] leaves no socket to a peer that does not answer its close', async () => {
    const { port, sockets } = await stage();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const peer = connect(port, '127.0.0.1');
    const isCut = once(peer, 'close');
    const signature = signedFor(STREAM)['x-twilio-signature'];
    peer.write(
      `GET /media-stream HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\nX-Twilio-Signature: ${signature}\r\n\r\n`,
    );
    // The answer to the upgrade, and the close that the stage sends at once.
    let told = Buffer.alloc(0);
    while (!told.includes(CLOSE_FRAME)) told = Buffer.concat([told, ...(await once(peer, 'data'))]);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(5_000);
    await isCut;
  });
});
